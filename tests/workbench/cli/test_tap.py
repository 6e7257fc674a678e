from support.commands import workbench


def test_what_cannot_be_tapped_is_one_sentence(tmp_path):
    done = workbench("tap", "--listen", "0", "--to", "127.0.0.1:1", "-w", tmp_path / "no" / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1
    done = workbench("tap", "--listen", "0", "--to", "192.0.2.1:80", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert "not on this machine" in done.err


def test_a_tap_ends_by_its_own_limit(tmp_path):
    done = workbench("tap", "--listen", "0", "--to", "127.0.0.1:1", "-w", tmp_path / "x.pcapng", "--seconds", "0")
    assert done.code == 0
    assert done.out.startswith("127.0.0.1:")
    assert "0 connections" in done.err
    assert (tmp_path / "x.pcapng").stat().st_size > 0

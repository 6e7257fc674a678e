from support.commands import workbench
from support.pcap import write_pcap


def test_a_file_opens_the_explorer(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [])
    starts = []
    done = workbench("open", path, "--filter", "tcp", launch_tui=lambda start: starts.append(start) or 0, terminal=True)
    assert done.code == 0
    assert (starts[0].path, starts[0].interface, starts[0].filter) == (path, "", "tcp")


def test_an_interface_opens_the_explorer():
    starts = []
    workbench("open", "lo", launch_tui=lambda start: starts.append(start) or 0, terminal=True)
    assert (starts[0].path, starts[0].interface) == (None, "lo")


def test_without_a_terminal_it_says_what_to_use(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [])
    done = workbench("open", path, launch_tui=lambda _: 0)
    assert done.code == 2
    assert f"workbench list {path}" in done.err


def test_neither_file_nor_interface():
    done = workbench("open", "no-such-thing", launch_tui=lambda _: 0, terminal=True)
    assert done.code == 2
    assert "lo" in done.err

import pytest

from workbench.api import UsageError
from workbench.cli.outputs import write_file, write_text


def test_the_file_is_there_whole(tmp_path):
    write_text(tmp_path / "out.txt", "fine ✓ \udc80", tmp_path / "in.pcap")
    assert (tmp_path / "out.txt").read_text("utf-8") == "fine ✓ \\udc80"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_a_failure_leaves_what_was_there(tmp_path):
    target = tmp_path / "out"
    target.write_text("before")

    def fail(out):
        out.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_file(target, fail, tmp_path / "in.pcap")
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_capture_itself_is_never_written_over(tmp_path):
    capture = tmp_path / "in.pcap"
    capture.write_bytes(b"precious")
    with pytest.raises(UsageError, match="overwrite"):
        write_text(capture, "x", capture)
    assert capture.read_bytes() == b"precious"


def test_nor_is_anything_else_that_is_read(tmp_path):
    (tmp_path / "keys").write_bytes(b"secret")
    with pytest.raises(UsageError, match="overwrite"):
        write_text(tmp_path / "keys", "x", tmp_path / "in.pcap", None, tmp_path / "keys")
    assert (tmp_path / "keys").read_bytes() == b"secret"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        write_text(tmp_path / "nowhere" / "out", "x", tmp_path / "in.pcap")

import os
import threading

import pytest

from workbench.api import UsageError
from workbench.cli.drafts import write_file, write_folder


def _fail(place):
    if hasattr(place, "write"):
        place.write(b"half")
    else:
        (place / "half").write_text("half")
    raise OSError(28, "No space left on device")


def test_a_file_is_whole_or_not_there(tmp_path):
    assert write_file(tmp_path / "x", lambda out: out.write(b"whole")) == 5
    with pytest.raises(OSError, match="No space"):
        write_file(tmp_path / "x", _fail)
    assert (tmp_path / "x").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_is_whole_or_as_it_was(tmp_path):
    place = tmp_path / "logs"
    write_folder(place, lambda folder: (folder / "a.log").write_text("one"))
    with pytest.raises(OSError, match="No space"):
        write_folder(place, _fail)
    assert {path.name: path.read_text() for path in place.iterdir()} == {"a.log": "one"}
    (place / "mine.txt").write_text("kept")
    write_folder(place, lambda folder: (folder / "a.log").write_text("two"))
    assert {path.name: path.read_text() for path in place.iterdir()} == {"a.log": "two", "mine.txt": "kept"}
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def test_where_nothing_can_be_written_is_said(tmp_path):
    for write in (write_file, write_folder):
        with pytest.raises(UsageError, match="there is no such folder"):
            write(tmp_path / "no" / "x", print)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="a folder is to be written"):
        write_folder(tmp_path / "file", print)


def test_a_pipe_is_written_to_as_it_is(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_file(pipe, lambda out: out.write(b"through"))
    reader.join(10)
    assert got == [b"through"]
    assert pipe.is_fifo()

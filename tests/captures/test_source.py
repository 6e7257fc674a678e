import gzip
import os

import numpy as np
import pytest

from captures import source as module
from captures.source import MARGIN, Source, Window
from workbench.api import CaptureError


@pytest.fixture
def opened():
    """Opens sources and closes them afterwards."""
    sources = []

    def make(path):
        sources.append(Source(path))
        return sources[-1]

    yield make
    for source in sources:
        source.close()
        source.close()


def test_reading_by_position(tmp_path, opened):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    source = opened(path)
    assert source.size() == 10
    assert source.pread(4, 8) == b"89"
    target = np.zeros(4, np.uint8)
    assert source.fill(target, 3) == 4
    assert target.tobytes() == b"3456"
    with path.open("ab") as file:
        file.write(b"abc")
    assert source.size() == 13


def test_what_cannot_be_a_capture_is_an_error_with_its_place(tmp_path):
    with pytest.raises(CaptureError, match=r"nothing.*No such file"):
        Source(tmp_path / "nothing")
    with pytest.raises(CaptureError, match="not a regular file"):
        Source(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(CaptureError, match="not a regular file"):
        Source(fifo)


def test_a_compressed_file_is_unpacked(tmp_path, opened):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"content" * 1000))
    source = opened(path)
    assert source.size() == 7000
    assert source.pread(7, 6993) == b"content"
    assert source.warnings == []


def test_members_follow_each_other_and_zeros_are_padding(tmp_path, opened, monkeypatch):
    monkeypatch.setattr(module, "_STEP", 7)
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"one") + gzip.compress(b"") + bytes(50) + gzip.compress(b"two" * 20) + bytes(20))
    source = opened(path)
    assert source.pread(100, 0) == b"one" + b"two" * 20
    assert source.warnings == []


def test_garbage_behind_the_compressed_data_is_told(tmp_path, opened):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"content") + b"garbage, not gzip")
    source = opened(path)
    assert source.pread(100, 0) == b"content"
    assert "damaged after 7 unpacked bytes" in source.warnings[0]


def test_a_compressed_file_that_was_cut_gives_what_is_there(tmp_path, opened):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(os.urandom(50_000))[:-10_000])
    source = opened(path)
    assert 0 < source.size() < 50_000
    assert "damaged after" in source.warnings[0]


def test_a_compressed_file_may_not_unpack_to_anything(tmp_path, monkeypatch):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(5000)))
    monkeypatch.setattr(module, "MAX_UNPACKED", 4999)
    with pytest.raises(CaptureError, match=r"unpacks to more than 4999 bytes.*gunzip"):
        Source(path)


def test_a_window_shows_a_part_and_zeros_behind_it(tmp_path, opened):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(1, 101)))
    window = Window(opened(path), size=64)
    window.load(0)
    assert (window.base, window.length, window.full) == (0, 64, True)
    window.load(90)
    assert (window.base, window.length, window.full) == (90, 10, False)
    assert window.buffer[:10].tolist() == list(range(91, 101))
    assert not window.buffer[10 : 10 + MARGIN].any()

import gzip
import os

import numpy as np
import pytest

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


def test_damage_in_a_compressed_file_is_a_warning(tmp_path, opened):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(os.urandom(50_000))[:-10_000])
    source = opened(path)
    assert 0 < source.size() < 50_000
    assert "damaged after" in source.warnings[0]


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

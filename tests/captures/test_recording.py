"""Readers see whole records only, whatever happens to the writer."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import captures.recording
from captures.capture import open_capture
from captures.recording import Recording
from captures.synthesis import udp_frame
from workbench.api import CaptureError, Endpoint

FRAME = udp_frame(Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 2), b"data")


def packets(path: Path) -> int:
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        return len(capture.index)


def test_packets_appear_with_each_flush(tmp_path: Path):
    path = tmp_path / "r.pcapng"
    recording = Recording(path, "test", filter_text="port 80")
    assert packets(path) == 0
    recording.writer.packet(1_700_000_000_123_456_789, FRAME)
    assert recording.waiting > 0
    assert packets(path) == 0
    recording.flush()
    assert recording.waiting == 0
    assert recording.size == path.stat().st_size
    assert packets(path) == 1
    recording.writer.packet(1, FRAME)
    recording.close()
    recording.close()
    with open_capture(path) as capture:
        capture.grow()
        assert capture.packet(1).time_ns == 1_700_000_000_123_456_789
        assert capture.packet(2).data == FRAME
        assert (capture.interfaces[0].name, capture.interfaces[0].filter) == ("test", "port 80")


def test_only_its_owner_may_read_the_file(tmp_path: Path):
    Recording(tmp_path / "r.pcapng", "test").close()
    assert (tmp_path / "r.pcapng").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_whole_records_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "r.pcapng"
    recording = Recording(path, "test")
    empty = recording.size
    recording.writer.packet(1, FRAME)
    recording.flush()
    whole = path.stat().st_size
    room = [2 * (whole - empty) + 20]

    def write(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = min(room[0], len(data))
        room[0] -= taken
        return real(descriptor, data[:taken])

    real = os.write
    monkeypatch.setattr(captures.recording.os, "write", write)
    for number in range(3):
        recording.writer.packet(number, FRAME)
    end = whole + 2 * (whole - empty)
    with pytest.raises(CaptureError, match=rf"recording stopped after {end} bytes: No space left on device\. Make room"):
        recording.flush()
    assert path.stat().st_size == recording.size == end
    assert recording.rescued == (2, 2 * len(FRAME))
    room[0] = 1000  # somebody made room: the file goes on where its last record ends
    recording.writer.packet(9, FRAME)
    recording.close()
    assert packets(path) == 4


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path):
    with pytest.raises(CaptureError, match="cannot be written: No such file or directory") as caught:
        Recording(tmp_path / "missing" / "r.pcapng", "test")
    assert caught.value.place == str(tmp_path / "missing" / "r.pcapng")


def test_a_device_without_room_is_refused():
    with pytest.raises(CaptureError, match="No space left"):
        Recording("/dev/full", "test")


def test_a_pipe_without_a_reader_is_said_to_be_one(tmp_path: Path):
    reader, writer = os.pipe()
    recording = Recording(f"/dev/fd/{writer}", "test")
    os.close(writer)
    os.close(reader)
    recording.writer.packet(1, FRAME)
    with pytest.raises(CaptureError, match=r"Broken pipe\. Keep the reader"):
        recording.flush()
    recording.close()


def test_stdout_goes_on_where_it_was(tmp_path: Path):
    """As `workbench capture -w - >> all.pcapng` means it: two sections in one file, also after the disk was full."""
    path = tmp_path / "all.pcapng"
    script = (
        "from captures.recording import STDOUT, Recording\n"
        "from workbench.api import CaptureError\n"
        "import resource\n"
        "recording = Recording(STDOUT, 'lo')\n"
        "recording.writer.packet(1, b'a packet')\n"
        "recording.close()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "recording = Recording(STDOUT, 'lo')\n"
        "for _ in range(100):\n    recording.writer.packet(1, b'a packet')\n"
        "try:\n    recording.flush()\nexcept CaptureError:\n    print(recording.rescued[0], file=__import__('sys').stderr)\n"
    )
    with path.open("wb") as file:
        done = subprocess.run([sys.executable, "-c", script], stdout=file, stderr=subprocess.PIPE, text=True, check=True)
    assert packets(path) == 1 + int(done.stderr)
    assert int(done.stderr) > 10
    assert 1900 < path.stat().st_size <= 2000

"""Captures written on the spot."""

from collections.abc import Iterable
from pathlib import Path

from captures.capture import Capture, open_capture
from captures.pcapng_writer import PcapngWriter


def record(path: Path, frames: Iterable[bytes]) -> Path:
    """Write Ethernet frames, one microsecond apart."""
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("test")
        for number, frame in enumerate(frames, 1):
            writer.packet(number * 1000, frame)
    return path


def opened(path: Path, frames: Iterable[bytes]) -> Capture:
    """The same, opened and indexed; close it."""
    capture = open_capture(record(path, frames))
    capture.grow()
    return capture

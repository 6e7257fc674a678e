"""The bytes of a capture file: positioned reads and a sliding window, also of compressed ones. Knows no record format.

Reading goes through `pread` into one reused window instead of a memory map: mapped pages would count as our memory, and a file that
shrinks under a map kills the process.
"""

import os
import stat
from pathlib import Path

import numpy as np

from captures.arrays import Bytes
from captures.unpacking import maybe_packed, unpack
from workbench.api import CaptureError

__all__ = ["MARGIN", "WINDOW", "Source", "Window"]

WINDOW = 8 << 20
"""Bytes read at a time: large enough that reading costs little per packet, small enough to stay in the memory budget and the cache."""

MARGIN = 256
"""Zero bytes kept behind the window's content, so that a vectorised look at a header may overrun a packet harmlessly."""


class Source:
    """An open capture file. `pread` and `size` may be called from any thread; a file that grows grows here too."""

    def __init__(self, path: Path, window: int = WINDOW) -> None:
        """`window` bytes are looked at a time."""
        self.path = path
        self.window = window
        self.warnings: list[str] = []
        self._descriptor = _open(path)
        unpacker = maybe_packed(self.pread(4, 0))
        if unpacker is not None:
            packed = self._descriptor
            try:
                self._descriptor, warning = unpack(packed, path, unpacker)
            finally:
                os.close(packed)
            if warning:
                self.warnings.append(warning)

    def size(self) -> int:
        """Bytes there are now."""
        return os.fstat(self._descriptor).st_size

    def pread(self, count: int, offset: int) -> bytes:
        """Up to `count` bytes at `offset`; fewer only at the end of the file."""
        return os.pread(self._descriptor, count, offset)

    def fill(self, target: Bytes, offset: int) -> int:
        """Read into `target` from `offset` until it is full or the file ends; returns how many bytes came."""
        view = memoryview(target.data)
        done = 0
        while done < len(view):
            count = os.preadv(self._descriptor, [view[done:]], offset + done)
            if not count:
                break
            done += count
        return done

    def close(self) -> None:
        """Give the file back; harmless when repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _open(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise CaptureError(
            error.strerror or str(error), place=str(path), remedy="Name a capture file that can be read"
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CaptureError("it is not a regular file", place=str(path), remedy="Save the capture to a file first")
    return descriptor


class Window:
    """The part of a file that is being looked at: `buffer[:length]` are the bytes from file offset `base` on."""

    def __init__(self, source: Source, size: int = 0) -> None:
        self._source = source
        self._size = size or source.window
        self.buffer: Bytes = np.zeros(self._size + MARGIN, np.uint8)
        self.base = 0
        self.length = 0

    def load(self, offset: int) -> None:
        """Look at the bytes from `offset` on."""
        self.base = offset
        self.length = self._source.fill(self.buffer[: self._size], offset)
        self.buffer[self.length : self.length + MARGIN] = 0

    @property
    def full(self) -> bool:
        """Whether the window was filled to its size, so that more bytes may follow it."""
        return self.length == self._size

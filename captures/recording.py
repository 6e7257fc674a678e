"""A capture file that is being written while others read it.

Whole records reach the file at each flush and nothing less, so that a killed writer leaves a file that can be read to its end. What
the records say is `pcapng_writer`'s business, when to flush is the recorder's.
"""

import io
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path

from captures.pcapng_blocks import ENHANCED_PACKET
from captures.pcapng_writer import PcapngWriter
from workbench.api import CaptureError

__all__ = ["FLUSH_NS", "MAX_WAITING", "STDOUT", "Recording"]

FLUSH_NS = 100_000_000
"""Nobody who follows the file waits longer than this for a packet."""

STDOUT = Path("/dev/stdout")
"""Stands for wherever standard output goes."""

MAX_WAITING = 4 << 20
"""Bytes that may wait for the next flush: enough to write in large pieces, little to lose."""


class Recording:
    """An open pcapng file. `writer` takes packets, `append` whole blocks; `flush` makes them visible. Errors are CaptureErrors.

    Its interface is called `name`; without a name it has none yet.
    """

    def __init__(
        self, path: str | Path, name: str | None = None, *, link_type: int = 1, snaplen: int = 262_144, filter_text: str = ""
    ) -> None:
        self.path = Path(path)
        self.size = 0
        """Bytes in the file."""
        self.rescued = (0, 0)
        """Packets of the last flush, and their bytes on the wire, that are in the file although it failed."""
        self._waiting = io.BytesIO()
        try:
            self._descriptor = _open(self.path)
        except OSError as error:
            text = f"it cannot be written: {error.strerror}"
            raise CaptureError(text, place=str(self.path), remedy="Name a file in a folder that you may write to") from error
        system = f"{platform.system()} {platform.release()}"
        self.writer = PcapngWriter(self._waiting, hardware=platform.machine(), os=system)
        if name is not None:
            self.writer.interface(name, link_type=link_type, snaplen=snaplen, filter=filter_text)
        self.flush()

    @property
    def waiting(self) -> int:
        """Bytes that the next flush will write."""
        return self._waiting.tell()

    def append(self, blocks: Iterable[bytes]) -> None:
        """Add blocks as they are; the next flush writes them."""
        self._waiting.write(b"".join(blocks))

    def flush(self) -> None:
        """Append the waiting records to the file. When that fails, those that fit stay, and CaptureError says why."""
        self.writer.flush()
        data = memoryview(self._waiting.getvalue())
        done = 0
        try:
            while done < len(data):
                done += os.write(self._descriptor, data[done:])
        except OSError as error:
            self._cut_back(data, done)
            text = f"recording stopped after {self.size} bytes: {error.strerror}"
            gone = isinstance(error, BrokenPipeError)
            remedy = "Keep the reader of the pipe running" if gone else "Make room on the disk; what is in the file is whole"
            raise CaptureError(text, place=str(self.path), remedy=remedy) from error
        finally:
            self._waiting.seek(0)
            self._waiting.truncate()
        self.size += done

    def close(self) -> None:
        """Flush and close; harmless when repeated."""
        if self._descriptor < 0:
            return
        try:
            self.flush()
        finally:
            os.close(self._descriptor)
            self._descriptor = -1

    def _cut_back(self, data: memoryview, done: int) -> None:
        """Let the file end with the last block that was written whole."""
        whole, packets, wire_bytes = _whole_blocks(data[:done])
        self.rescued = (packets, wire_bytes)
        try:
            end = os.lseek(self._descriptor, whole - done, os.SEEK_CUR)
            os.ftruncate(self._descriptor, end)
        except OSError:  # a pipe or a device: nothing to cut back
            whole = done
        self.size += whole


def _open(path: Path) -> int:
    if path == STDOUT:  # opened by its name it would lose what is in it, and what a shell's >> means
        return os.dup(1)
    # what was captured may be secret: nobody else gets to read it
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)


def _whole_blocks(data: memoryview) -> tuple[int, int, int]:
    """Of blocks that may break off: bytes of the whole ones, packets in them, and the length of these on the wire."""
    at = packets = wire_bytes = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if at + length > len(data):
            break
        if kind == ENHANCED_PACKET:
            packets += 1
            wire_bytes += struct.unpack_from("<I", data, at + 24)[0]
        at += length
    return at, packets, wire_bytes

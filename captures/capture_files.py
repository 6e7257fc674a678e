"""Where a live capture goes: one pcapng file, or one after the other, each of which can be read alone.

Every file begins with what its packets need: interfaces, and the names and secrets that a stream brought along. What is counted as
written has been handed to the operating system, so that a killed writer leaves it all.
"""

from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path

from captures import pcapng_blocks as kinds
from captures.pcapng_building import statistics_block
from captures.recording import MAX_WAITING, Recording
from captures.rotation import Rotation, name_of
from captures.sources.model import Batch, Losses, cut
from workbench.api import CaptureError

__all__ = ["CaptureFiles"]

MAX_PREAMBLE = 4 << 20
"""Bytes that each file begins with at most: names and secrets of a stream that goes on for weeks are repeated up to here."""


class CaptureFiles:
    """Writes batches of packets to `path`, or to files of its name with numbers. Raises CaptureError when that becomes impossible.

    Nothing is there before `begin`: a source that cannot be opened leaves no file, and replaces none. `packets`, `wire_bytes` and `size`
    count what was flushed, over all files; `taken` counts packets that were handed in. `clock` is the time of day, `ticks` nanoseconds of a
    clock that nobody sets.
    """

    def __init__(self, path: Path, rotation: Rotation, clock: Callable[[], int], ticks: Callable[[], int]) -> None:
        self._path, self._rotation, self._clock, self._ticks = path, rotation, clock, ticks
        self._preamble: list[bytes] = []
        self._interfaces = 0
        self._begun_ns = clock()
        self._kept: list[Path] = []
        self._losses: dict[int, Losses] = {}
        self._pending = (0, 0)
        self.count = 0
        self.taken = self.packets = self.wire_bytes = 0
        self._bytes_before = 0
        self._file: Recording | None = None

    @property
    def path(self) -> Path:
        """The file that is being written."""
        return self._kept[-1] if self._kept else self._path

    @property
    def size(self) -> int:
        """Size of all files together, also of those that were removed again."""
        return self._bytes_before + (self._file.size if self._file else 0)

    @property
    def waiting(self) -> bool:
        """Whether so much waits that it should be flushed."""
        return self._recording.waiting >= MAX_WAITING

    def describe(self, block: bytes) -> int:
        """Add a block that packets need, see `Describe`."""
        describes_interface = int.from_bytes(block[:4], "little") == kinds.INTERFACE_DESCRIPTION
        if describes_interface or sum(map(len, self._preamble)) + len(block) <= MAX_PREAMBLE:
            self._preamble.append(block)
        if self._file is not None:
            self._file.append((block,))
        self._interfaces += describes_interface
        return self._interfaces - 1

    def begin(self) -> None:
        """Open the first file and write down what was described."""
        self._file = self._open()
        self._file.append(self._preamble)
        self.flush()

    def write(self, batch: Batch) -> None:
        """Take packets; begins further files where the rotation says so."""
        while batch.records:
            if self._is_full():
                self._next()
            first, batch = cut(batch, self._fitting(batch)) if self._rotation else (batch, Batch([], 0))
            self._recording.append(first.records)
            self.taken += len(first.records)
            self._in_file += len(first.records)
            self._pending = (self._pending[0] + len(first.records), self._pending[1] + first.wire_bytes)

    def flush(self) -> None:
        """Make everything visible, and count it."""
        packets, wire_bytes = self._pending
        self._pending = (0, 0)
        try:
            self._recording.flush()
        except CaptureError:
            packets, wire_bytes = self._recording.rescued
            raise
        finally:
            self.packets += packets
            self.wire_bytes += wire_bytes

    def statistics(self, losses: Mapping[int, Losses]) -> None:
        """Write down the counters of each interface as they stand; they are repeated at the end of the file."""
        self._losses = dict(losses)
        self._recording.append(self._statistics())

    def close(self) -> None:
        """Flush and close; harmless when repeated."""
        if self._file is not None:
            self._file.close()

    @property
    def _recording(self) -> Recording:
        assert self._file is not None, "the files have not begun"
        return self._file

    def _open(self) -> Recording:
        self.count += 1
        path = name_of(self._path, self.count, self._clock()) if self._rotation else self._path
        file = Recording(path)
        self._in_file = 0
        self._opened = self._ticks()
        self._kept = [*self._kept, path] if self._rotation.keep else [path]
        return file

    def _next(self) -> None:
        """End this file in order and begin the next one."""
        self._recording.append(self._statistics())
        self.flush()
        self._recording.close()
        self._bytes_before += self._recording.size
        self._file = self._open()
        self._file.append(self._preamble)
        while self._rotation.keep and len(self._kept) > self._rotation.keep:
            oldest = self._kept.pop(0)
            try:
                oldest.unlink(missing_ok=True)
            except OSError as error:
                text = f"the oldest file cannot be removed: {error.strerror}"
                raise CaptureError(text, place=str(oldest), remedy="Let this user write to the folder") from error

    def _is_full(self) -> bool:
        """Whether the file has had what the rotation gives it; a file without packets never has."""
        rotation = self._rotation
        if not self._in_file:
            return False
        late = rotation.seconds and self._ticks() - self._opened >= rotation.seconds * 1_000_000_000
        many = rotation.packets and self._in_file >= rotation.packets
        return bool(late or many or (rotation.bytes and self._file_size >= rotation.bytes))

    def _fitting(self, batch: Batch) -> int:
        """How many packets of the batch go into this file: at least one; the one that reaches the size is its last."""
        count = len(batch.records)
        if self._rotation.packets:
            count = min(count, self._rotation.packets - self._in_file)
        room = self._rotation.bytes - self._file_size
        if self._rotation.bytes and sum(map(len, batch.records)) > room:
            reached = (number for number, size in enumerate(accumulate(map(len, batch.records)), 1) if size >= room)
            count = min(count, next(reached, count))
        return max(1, count)

    @property
    def _file_size(self) -> int:
        return self._recording.size + self._recording.waiting

    def _statistics(self) -> list[bytes]:
        now = self._clock()
        return [
            statistics_block(number, now, _counts(losses), begun_ns=self._begun_ns) for number, losses in self._losses.items()
        ]


def _counts(losses: Losses) -> dict[int, int]:
    """The counters as options of an Interface Statistics Block; what nobody counted is left out.

    Readers show isb_ifdrop (5) as what was lost, so it is all that was, as dumpcap writes it; isb_osdrop (7) is the kernel's share.
    """
    if losses.received < 0:
        return {}
    dropped = max(0, losses.dropped)
    return {
        4: losses.received,
        5: dropped + losses.interface_dropped,
        6: losses.received,
        7: dropped,
        8: losses.received - dropped,
    }

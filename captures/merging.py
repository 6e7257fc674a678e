"""Several captures become one, in the order of time: packets with their options, interfaces, secrets, names and counters.

Streaming: of each file one window and one run of packets is in memory, whatever its size. Each file's packets keep their order among
themselves; packets of equal time come in the order of the files. Interfaces stay apart even when they are called alike, because their
drop counters would otherwise be lost.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from captures.capture import reader_of
from captures.marks import COMMENTED
from captures.pcapng import MAX_INTERFACES
from captures.pcapng_writer import PcapngWriter
from captures.records import Metadata, Reader, Records
from captures.source import WINDOW, Source
from workbench.api import CaptureError

__all__ = ["MOST_FILES", "Merged", "merge"]

MOST_FILES = 512
"""Files merged at once: each keeps a descriptor open, of which a process has 1,024 by default, and at least SMALL_WINDOW of memory."""

ALL_WINDOWS = 64 << 20
"""Bytes that the windows of all files take together, as long as each is at least SMALL_WINDOW."""

SMALL_WINDOW = 1 << 20
"""Bytes of one window: three of the longest packets fit."""

RUN = 4096
"""Packets of one file that are unpacked from columns at once."""

TOLD_EVERY = 50_000
"""Packets between two words about progress."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What was written: packets of each file, in the order of the files, and what was wrong with them, each with its place."""

    packets: tuple[int, ...]
    warnings: tuple[str, ...]


class _Packet(NamedTuple):
    time_ns: int
    file: int
    interface: int
    original: int
    data: bytes
    options: tuple[tuple[int, bytes], ...]


def _nobody(count: int) -> None:
    """Nobody waits for it."""


def merge(paths: Sequence[Path], out: BinaryIO, progress: Callable[[int], None] = _nobody) -> Merged:
    """Write the packets of all captures to `out` as pcapng; `progress` is told now and then how many there were.

    Raises CaptureError when one of them is no capture (before anything is written) or when there are too many files or interfaces.
    """
    if len(paths) > MOST_FILES:
        raise CaptureError(f"{len(paths)} files are more than {MOST_FILES}", remedy="Merge some of them first, then the results")
    window = max(SMALL_WINDOW, min(WINDOW, ALL_WINDOWS // max(1, len(paths))))
    with ExitStack() as stack:
        files = [_File(number, path, stack, window) for number, path in enumerate(paths)]
        for file in files:
            file.read()
        merging = _Merging(files, out)
        for count, packet in enumerate(heapq.merge(*map(merging.packets_of, files), key=lambda packet: packet.time_ns), 1):
            merging.write(packet)
            if count % TOLD_EVERY == 0:
                progress(count)
        merging.finish()
        warnings = tuple(warning for file in files for warning in file.warnings())
        return Merged(tuple(file.count for file in files), warnings)


class _File:
    """One input, as far as it was read."""

    def __init__(self, number: int, path: Path, stack: ExitStack, window: int) -> None:
        self.number = number
        self.path = path
        self.count = 0
        self.source = Source(path, window)
        stack.callback(self.source.close)
        self.reader: Reader = reader_of(self.source)
        self.records: Records | None = None

    @property
    def metadata(self) -> Metadata:
        """What the file said about itself so far."""
        return self.reader.metadata

    def read(self) -> None:
        """Look at its next packets; what stands between them is known then, too."""
        self.records = self.reader.read(RUN)

    def unpacked(self, records: Records) -> Iterator[_Packet]:
        """Packets of the run that was read last. Each is copied when its turn comes: a run of long packets may have 256 MiB."""
        view = records.buffer.data
        columns = (records.start, records.captured, records.original, records.time_ns, records.interface, records.flags)
        for start, captured, original, time_ns, interface, flags in zip(*(column.tolist() for column in columns), strict=True):
            options = self.reader.options(records.base + start, captured) if flags & COMMENTED else ()
            self.count += 1
            yield _Packet(time_ns, self.number, interface, original, bytes(view[start : start + captured]), options)

    def warnings(self) -> Iterator[str]:
        """What is wrong with the file."""
        for warning in self.source.warnings:
            yield f"{self.path}: {warning}"
        rest = self.source.size() - self.reader.position
        if self.metadata.damage:
            yield f"{self.path}: {self.metadata.damage}"
        elif rest > 0:
            yield f"{self.path}: the file ends in the middle of a record; {rest} bytes of it were left out"


class _Merging:
    """The output, and what of each file's description stands in it already."""

    def __init__(self, files: Sequence[_File], out: BinaryIO) -> None:
        self._files = files
        names = ", ".join(file.path.name for file in files)
        comments = [comment for file in files for comment in file.metadata.comments]
        self._writer = PcapngWriter(out, comment="\n".join((*comments, f"merged from {names}")))
        self._numbers: list[list[int]] = [[] for _ in files]
        """Of each file, the numbers in the output of its interfaces."""
        self._described = 0
        self._secrets = [0] * len(files)
        self._names = [0] * len(files)
        self._last_ns = 0
        for file in files:
            self._describe(file)

    def packets_of(self, file: _File) -> Iterator[_Packet]:
        """All packets of a file; what the file says between them is written before those that follow it."""
        while file.records is not None:
            self._describe(file)
            yield from file.unpacked(file.records)
            file.read()

    def write(self, packet: _Packet) -> None:
        """The next packet."""
        interface = self._numbers[packet.file][packet.interface]
        self._last_ns = max(self._last_ns, packet.time_ns)
        self._writer.packet(packet.time_ns, packet.data, interface, packet.original, options=packet.options)

    def finish(self) -> None:
        """What the files say at their ends, and the counters of the interfaces."""
        for file in self._files:
            self._describe(file)
            for number, interface in enumerate(file.metadata.interfaces):
                if interface.received >= 0 or interface.dropped >= 0:
                    place = self._numbers[file.number][number]
                    self._writer.statistics(place, self._last_ns, interface.received, interface.dropped)
        self._writer.flush()

    def _describe(self, file: _File) -> None:
        """Interfaces, secrets and names of a file that the output does not have yet."""
        metadata = file.metadata
        numbers = self._numbers[file.number]
        for each in metadata.interfaces[len(numbers) :]:
            if self._described == MAX_INTERFACES:
                raise CaptureError(f"together they have more than {MAX_INTERFACES} interfaces", place=str(file.path))
            numbers.append(self._writer.interface(each.name, each.link_type, each.snaplen, each.filter, each.description))
            self._described += 1
        for secret in metadata.secrets[self._secrets[file.number] :]:
            self._writer.secrets(secret)
        self._secrets[file.number] = len(metadata.secrets)
        if len(metadata.names) > self._names[file.number]:
            self._writer.names(metadata.names)
            self._names[file.number] = len(metadata.names)

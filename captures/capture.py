"""A capture file as the rest of the workbench sees it: an index that grows, and packets read on demand."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from types import TracebackType

from captures import marks
from captures.fragments import Known, Piece
from captures.index import PacketIndex
from captures.indexing import Indexer
from captures.pcap import maybe_pcap, maybe_snoop
from captures.pcapng import maybe_pcapng
from captures.peel import Peeled, peel
from captures.records import BATCH, Interface, Reader
from captures.source import Source
from workbench.api import CaptureError, Packet, Transport

__all__ = ["Capture", "open_capture", "reader_of"]

_TCP = 6
_FORMATS: tuple[Callable[[Source], Reader | None], ...] = (maybe_pcapng, maybe_pcap, maybe_snoop)


def open_capture(path: str | Path) -> "Capture":
    """Open a pcap, pcapng or snoop file (plain, gzip or Zstandard); only its header is read. Raises `CaptureError` for anything else."""
    place = Path(path)
    source = Source(place)
    try:
        return Capture(place, source, reader_of(source))
    except BaseException:
        source.close()
        raise


def reader_of(source: Source) -> Reader:
    """A reader of the capture that `source` holds; raises `CaptureError` when it holds none."""
    for maybe in _FORMATS:
        reader = maybe(source)
        if reader is not None:
            return reader
    empty = not source.size()
    what = "; ".join((*source.warnings, "it is empty" if empty else "it is neither pcap nor pcapng nor snoop"))
    remedy = "Record it again" if empty else "Name a capture file; editcap converts other kinds of them"
    raise CaptureError(what, place=str(source.path), remedy=remedy)


class Capture:
    """One open capture file. `grow` is called by one thread at a time; everything else may be called from any thread meanwhile."""

    def __init__(self, path: Path, source: Source, reader: Reader) -> None:
        self.path = path
        self.format = reader.format
        self.index = PacketIndex()
        # of the source, not of the capture: a circle would keep its window in memory until somebody looks for circles
        self.index.read = lambda offset, count: source.pread(count, offset)
        self.at_end = False
        """Whether the last `grow` took everything there was."""
        self._source = source
        self._reader = reader
        self._indexer = Indexer(self.index)
        self._lock = Lock()

    @property
    def interfaces(self) -> list[Interface]:
        """Interfaces described so far."""
        return self._reader.metadata.interfaces

    @property
    def secrets(self) -> list[bytes]:
        """TLS key logs found inside the capture."""
        return self._reader.metadata.secrets

    @property
    def names(self) -> dict[str, str]:
        """Names that the capture gives to addresses."""
        return self._reader.metadata.names

    @property
    def comments(self) -> list[str]:
        """Comments on the capture as a whole."""
        return self._reader.metadata.comments

    @property
    def warnings(self) -> list[str]:
        """What is wrong with the file, each with its place. A cut tail is one only until the rest has been written."""
        found = list(self._source.warnings)
        if self._reader.metadata.damage:
            found.append(self._reader.metadata.damage)
        elif self.at_end:
            rest = self._source.size() - self._reader.position
            if rest > 0:
                found.append(
                    f"the file ends in the middle of the record at byte {self._reader.position} "
                    f"(after packet {len(self.index)}, {rest} bytes are left)"
                )
        return found

    def grow(self, packets: int | None = None) -> int:
        """Index up to `packets` more packets (None: all there are now); returns how many were added.

        A record that is only half there is left for the next call, so a file that is still being written can be followed.
        """
        with self._lock:
            before = len(self.index)
            wanted = packets
            self.at_end = False
            while wanted is None or wanted > 0:
                records = self._reader.read(BATCH if wanted is None else wanted)
                if records is None:
                    self.at_end = True
                    break
                self._indexer.add(records, self.interfaces)
                self.index.rows.expected = len(self.index) * self._source.size() // self._reader.position
                if wanted is not None:
                    wanted -= len(records)
            return len(self.index) - before

    def packet(self, number: int) -> Packet:
        """The packet with that number (from 1). Raises `IndexError` for one that is not indexed."""
        row = self._row(number)
        index = self.index
        interface = int(index.interface[row])
        comments: tuple[str, ...] = ()
        if index.flags[row] & marks.COMMENTED:
            comments = self._reader.comments(int(index.offset[row]), int(index.captured_length[row]))
        return Packet(
            number,
            int(index.time_ns[row]),
            self.data(number),
            int(index.original_length[row]),
            self.interfaces[interface].link_type,
            interface,
            comments,
        )

    def options(self, number: int) -> tuple[tuple[int, bytes], ...]:
        """The pcapng options of a packet, comments and directions among them, as `PcapngWriter.packet` takes them."""
        row = self._row(number)
        if not self.index.flags[row] & marks.COMMENTED:
            return ()
        return self._reader.options(int(self.index.offset[row]), int(self.index.captured_length[row]))

    def data(self, number: int) -> bytes:
        """The packet's captured bytes."""
        row = self._row(number)
        return self._source.pread(int(self.index.captured_length[row]), int(self.index.offset[row]))

    def read(self, offset: int, count: int) -> bytes:
        """Bytes of the (unpacked) file itself, for those who read many packets at once; fewer at its end."""
        return self._source.pread(count, offset)

    def payload(self, number: int) -> bytes:
        """The transport payload of a packet, from the reassembled datagram where it completed one; b"" without a transport.

        At most `index.payload_length` bytes; fewer where the capture was cut (flag TRUNCATED).
        """
        row = self._row(number)
        index = self.index
        start, length = int(index.payload_offset[row]), int(index.payload_length[row])
        if index.stream[row] < 0 or not length:
            return b""
        if index.flags[row] & marks.ASSEMBLED:
            return self.assembled(index.assemblies[row])[start : start + length]
        length = max(0, min(length, int(index.captured_length[row]) - start))
        return self._source.pread(length, int(index.offset[row]) + start)

    def assembled(self, pieces: tuple[Piece, ...]) -> bytes:
        """The bytes that `pieces` (see `PacketIndex.assemblies`) name."""
        return b"".join(self._source.pread(end - start, int(self.index.offset[row]) + start) for row, start, end in pieces)

    def peel(self, number: int) -> Peeled:
        """The packet's headers, those inside the datagram that it completed included."""
        row = self._row(number)
        pieces = self.index.assemblies.get(row)
        known = None if pieces is None else Known(self.assembled(pieces), pieces)
        link_type = self.interfaces[int(self.index.interface[row])].link_type
        return peel(self.data(number), int(self.index.original_length[row]), link_type, known, row)

    def streams_of(self, number: int) -> tuple[tuple[Transport, int], ...]:
        """(transport, stream) of each TCP and UDP header of the packet, outermost first, those quoted in ICMP errors included."""
        row = self._row(number)
        nested = self.index.nested.get(row)
        if nested is not None:
            return nested
        stream = int(self.index.stream[row])
        if stream < 0:
            return ()
        return (("tcp" if self.index.ip_protocol[row] == _TCP else "udp", stream),)

    def close(self) -> None:
        """Give the file back; the index stays readable."""
        self._source.close()

    def __enter__(self) -> "Capture":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _row(self, number: int) -> int:
        if not 1 <= number <= len(self.index):
            raise IndexError(f"there is no packet {number}; {len(self.index)} are indexed")
        return number - 1

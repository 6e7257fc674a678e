"""The streams of one direction of a connection, each put in order, and all of them within one budget.

Which streams may be opened, and how much may be sent on them, is `rules`.
"""

from collections.abc import Iterator

from workbench_quic.ordered import Added, OrderedBytes, Run

__all__ = [
    "CONNECTION_BYTES",
    "CRYPTO_BYTES",
    "MOST_KNOWN",
    "MOST_OPEN",
    "STREAM_BYTES",
    "Added",
    "OrderedBytes",
    "Run",
    "Streams",
]

CRYPTO_BYTES = 256 * 1024
"""What waits behind holes in the CRYPTO data of one level: a handshake message of TLS is not longer (and RFC 9000 7.5 asks for 4,096)."""

CRYPTO_PIECES = 64
"""In so many pieces. Clients that cut their hello up against fingerprinting make thirty. Everybody has the keys of Initial packets, and a
piece takes five bytes of a packet and a hundred of memory."""

STREAM_BYTES = 1024 * 1024
"""The same for one stream. A retransmission comes a round trip later, which a megabyte covers at 80 Mbit/s and 100 ms."""

CONNECTION_BYTES = 16 * 1024 * 1024
"""The same for all streams of one direction: what browsers announce as the window of a connection."""

MOST_OPEN = 1024
"""Streams with bytes that wait or may be repeated. Servers allow a hundred at once; beyond, the one idle for longest is let go, and what
waited in it is lost."""

MOST_KNOWN = 65_536
"""Streams of which is known how far they came. After as many others a stream is a new one."""

_ENDED = -1


class Streams:
    """See the module. `add` gives what has become readable in a stream."""

    def __init__(self) -> None:
        self._open: dict[int, OrderedBytes] = {}
        """The stream that something came for last is the last one."""
        self._places: dict[int, int] = {}
        """How far the others came; `_ENDED` for those that reached their end."""
        self._cost = 0

    @property
    def cost(self) -> int:
        """Bytes (with their costs) that wait behind holes, in all streams."""
        return self._cost

    def __len__(self) -> int:
        return len(self._open)

    def place(self, stream: int) -> int:
        """Where the next bytes of a stream belong: everything before was given."""
        known = self._open.get(stream)
        return known.next if known is not None else max(0, self._places.get(stream, 0))

    def add(self, stream: int, offset: int, data: bytes, fin: bool = False) -> Added:
        """A STREAM frame came. Nothing comes of frames for a stream that has ended."""
        bytes_of = self._open.pop(stream, None)
        if bytes_of is None:
            place = self._places.pop(stream, 0)
            if place == _ENDED:
                self._remember(stream, _ENDED)
                return Added((), len(data))
            bytes_of = OrderedBytes(STREAM_BYTES, place)
        before = bytes_of.cost
        added = bytes_of.add(offset, data, fin)
        self._cost += bytes_of.cost - before
        while self._cost > CONNECTION_BYTES and bytes_of.cost:
            before = bytes_of.cost
            more = bytes_of.skip()
            self._cost += bytes_of.cost - before
            added = Added(added.runs + more.runs, added.repeated, added.conflict)
        if bytes_of.ended:
            self._remember(stream, _ENDED)
        else:
            self._open[stream] = bytes_of
            if len(self._open) > MOST_OPEN:
                self._let_go()
        return added

    def following(self, stream: int, offset: int) -> OrderedBytes | None:
        """A stream in which bytes at that offset are the next ones, and nothing waits or has ended; None where it is not like that."""
        bytes_of = self._open.get(stream)
        return bytes_of if bytes_of is not None and bytes_of.follows(offset) else None

    def append(self, stream: int, bytes_of: OrderedBytes, data: bytes) -> None:
        """`add` of bytes (at least one) to a stream that `following` gave: they are readable at once."""
        del self._open[stream]
        self._open[stream] = bytes_of
        bytes_of.give(data)

    def reset(self, stream: int) -> bool:
        """The sender gave a stream up: nothing more is read from it, nor what waits. Whether it had not ended before."""
        bytes_of = self._open.pop(stream, None)
        if bytes_of is not None:
            self._cost -= bytes_of.cost
        known = self._places.pop(stream, None)
        self._remember(stream, _ENDED)
        return known != _ENDED

    def finish(self) -> Iterator[tuple[int, Added]]:
        """No more will come: each stream in which something waits, and that."""
        for stream, bytes_of in self._open.items():
            added = bytes_of.finish()
            if added.runs:
                yield stream, added
        self._open.clear()
        self._cost = 0

    def _let_go(self) -> None:
        stream = next(iter(self._open))
        bytes_of = self._open.pop(stream)
        self._cost -= bytes_of.cost
        self._remember(stream, bytes_of.next)

    def _remember(self, stream: int, place: int) -> None:
        self._places[stream] = place
        if len(self._places) > MOST_KNOWN:
            del self._places[next(iter(self._places))]

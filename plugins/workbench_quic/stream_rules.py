"""What a sender must keep on its streams: limits that its peer set, sizes that it has said, streams that it may use (RFC 9000 3, 4)."""

from collections.abc import Iterator, Mapping, Sequence

from workbench.api import Direction
from workbench_quic.frame_items import Numbers, Stream
from workbench_quic.frame_types import Type

__all__ = ["MOST_WATCHED", "Breach", "Parameter", "StreamRules"]

MOST_WATCHED = 2048
"""Streams of one sender whose sizes are known; those begun first are forgotten first. Servers allow a hundred at a time. Nothing is said
about forgotten ones."""

Breach = tuple[str, str, bool]
"""What is wrong, the section that says so, and whether it depends on frames of the peer, which a capture may lack."""


class Parameter:
    """Identifiers of transport parameters (RFC 9000 18.2)."""

    ACK_DELAY_EXPONENT = 0x0A
    ACTIVE_IDS = 0x0E
    MAX_ACK_DELAY = 0x0B
    MAX_DATA = 0x04
    STREAM_DATA_BIDI_LOCAL = 0x05
    STREAM_DATA_BIDI_REMOTE = 0x06
    STREAM_DATA_UNI = 0x07
    STREAMS_BIDI = 0x08
    STREAMS_UNI = 0x09


class _Size:
    """How far a stream came, and its final size where it was said."""

    __slots__ = ("begun", "final", "highest", "limit", "safe")

    def __init__(self) -> None:
        self.begun = False
        """Whether this sender sent anything on it."""
        self.highest = 0
        self.final: int | None = None
        self.limit = 0
        """The largest MAX_STREAM_DATA."""
        self.safe = 0
        """Up to here the stream was allowed to come when that was looked up last; limits are never lowered."""


class StreamRules:
    """One sender's streams, and what its peer allowed. Limits are None until they are known: then nothing is said about them."""

    def __init__(self, role: Direction) -> None:
        self._role = role
        self._sizes: dict[int, _Size] = {}
        self._total = 0
        self._max_data: int | None = None
        self._max_streams: list[int | None] = [None, None]
        """Bidirectional, unidirectional."""
        self._initial: Mapping[int, int] | None = None
        """Transport parameters of the peer."""
        self.opened = [-1, -1]
        """The highest stream numbers (the ID without its type) that this sender began."""
        self._forgotten = [-1, -1, -1, -1]
        """The highest stream of each type that was forgotten."""

    @property
    def count(self) -> int:
        """Streams that are watched."""
        return len(self._sizes)

    def allow(self, parameters: Mapping[int, int]) -> None:
        """The peer's transport parameters are known; one that is not there is 0 (18.2)."""
        self._initial = parameters
        self._max_data = max(self._max_data or 0, parameters.get(Parameter.MAX_DATA, 0))
        for way, number in enumerate((Parameter.STREAMS_BIDI, Parameter.STREAMS_UNI)):
            self._max_streams[way] = max(self._max_streams[way] or 0, parameters.get(number, 0))

    def raise_limit(self, item: Numbers) -> None:
        """The peer sent a MAX_ frame; one that does not raise anything is ignored (4.1)."""
        kind, value = item.kind, item.values[-1]
        if kind == Type.MAX_STREAM_DATA:
            size = self._size(item.values[0])
            if size is not None:
                size.limit = max(size.limit, value)
        elif kind == Type.MAX_DATA and self._max_data is not None:
            self._max_data = max(self._max_data, value)
        elif kind in (Type.MAX_STREAMS_BIDI, Type.MAX_STREAMS_UNI):
            way = kind - Type.MAX_STREAMS_BIDI
            known = self._max_streams[way]
            self._max_streams[way] = None if known is None else max(known, value)

    def data(self, item: Stream) -> Sequence[Breach]:
        """This sender sent a STREAM frame."""
        size = self._sizes.get(item.stream)
        if size is not None and size.begun and size.final is None and not item.fin:  # nearly always
            end = item.offset + len(item.data)
            return self._grow(size, item.stream, end) if end > size.highest else ()
        return tuple(self._begin_or_end(item))

    def goes_on(self, stream: int, end: int) -> bool:
        """`data` where a stream that was begun comes to `end`, which is not its last byte, within limits that were looked up before; False,
        and nothing done, elsewhere."""
        size = self._sizes.get(stream)
        if size is None or not size.begun or size.final is not None or not size.highest < end <= size.safe:
            return False
        total = self._total + end - size.highest
        if self._max_data is not None and total > self._max_data:
            return False
        size.highest, self._total = end, total
        return True

    def _begin_or_end(self, item: Stream) -> Iterator[Breach]:
        end = item.offset + len(item.data)
        yield from self._begin(item.stream, "STREAM", "19.8")
        size = self._size(item.stream)
        if size is None:
            return
        size.begun = True
        yield from self._final(size, item.stream, end, item.fin)
        if end > size.highest:
            yield from self._grow(size, item.stream, end)

    def reset(self, item: Numbers) -> Iterator[Breach]:
        """This sender sent RESET_STREAM (or RESET_STREAM_AT), which says how long the stream is."""
        stream, _, end = item.values[:3]
        yield from self._begin(stream, "RESET_STREAM", "19.4")
        size = self._size(stream)
        if size is None:
            return
        yield from self._final(size, stream, end, True)
        if end > size.highest:
            yield from self._grow(size, stream, end)

    def _begin(self, stream: int, name: str, section: str) -> Iterator[Breach]:
        """Whether the sender may send on a stream at all."""
        way, mine = stream >> 1 & 1, stream & 1 == self._role
        if way and not mine:
            yield f"{name} on stream {stream}, which only the peer sends on (STREAM_STATE_ERROR)", f"RFC 9000 {section}", False
        if mine:
            yield from self._opens(stream)

    def _opens(self, stream: int) -> Iterator[Breach]:
        number, way = stream >> 2, stream >> 1 & 1
        if number <= self.opened[way]:
            return
        self.opened[way] = number
        limit = self._max_streams[way]
        if limit is not None and number >= limit:
            kind = "unidirectional" if way else "bidirectional"
            text = f"stream {stream} is {kind} stream number {number + 1}; {limit} are allowed (STREAM_LIMIT_ERROR)"
            yield text, "RFC 9000 4.6", True

    def _final(self, size: _Size, stream: int, end: int, fin: bool) -> Iterator[Breach]:
        section = "RFC 9000 4.5"
        if size.final is not None and (end > size.final or (fin and end != size.final)):
            yield f"stream {stream} ended at {size.final}, and now reaches {end} (FINAL_SIZE_ERROR)", section, False
        elif fin and size.final is None:
            if end < size.highest:
                yield f"stream {stream} ends at {end} after {size.highest} bytes (FINAL_SIZE_ERROR)", section, False
            size.final = max(end, size.highest)

    def _grow(self, size: _Size, stream: int, end: int) -> list[Breach]:
        before, size.highest = size.highest, end
        total = self._total
        self._total = total + end - before
        breaches: list[Breach] = []
        limit = self._limit(size, stream) if end > size.safe else None
        if limit is not None:
            size.safe = limit
            if end > limit >= before:
                text = f"stream {stream} reaches {end}; {limit} bytes are allowed (FLOW_CONTROL_ERROR)"
                breaches.append((text, "RFC 9000 4.1", True))
        if self._max_data is not None and self._total > self._max_data >= total:
            text = f"{self._total} bytes on all streams; {self._max_data} are allowed (FLOW_CONTROL_ERROR)"
            breaches.append((text, "RFC 9000 4.1", True))
        return breaches

    def _limit(self, size: _Size, stream: int) -> int | None:
        if self._initial is None:
            return None
        if stream >> 1 & 1:
            number = Parameter.STREAM_DATA_UNI
        elif stream & 1 == self._role:
            number = Parameter.STREAM_DATA_BIDI_REMOTE
        else:
            number = Parameter.STREAM_DATA_BIDI_LOCAL
        return max(size.limit, self._initial.get(number, 0))

    def _size(self, stream: int) -> _Size | None:
        """What is known of a stream; None if that was forgotten."""
        known = self._sizes.pop(stream, None)
        if known is None:
            if stream <= self._forgotten[stream & 3]:
                return None
            known = _Size()
        self._sizes[stream] = known
        if len(self._sizes) > MOST_WATCHED:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest]
            self._forgotten[oldest & 3] = max(self._forgotten[oldest & 3], oldest)
        return known

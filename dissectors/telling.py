"""Flows of which only lines are wanted: decoders that can skim are asked for text, all others for messages.

Says what `engine` and `flow_state` would say, in the same order; `workbench.api.skimming` explains what decoders give. Whole conversations
that are skimmed at once are `skimmed` and `skimmed_datagrams`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any, cast

from dissectors.carriers import Carried, Piece
from dissectors.engine import MOST_PENDING, Dissector, flow_of, pin_of
from dissectors.flow_state import MOST_CHANNELS, FlowState
from dissectors.guide import Guide
from dissectors.inner_flows import InnerFlow
from dissectors.paths import message_line
from dissectors.patient_flows import PatientFlow
from workbench.api import (
    NO_SECRETS,
    Chunk,
    ChunkSkimmer,
    DatagramTaker,
    Direction,
    Handoff,
    Inner,
    KnownInner,
    Message,
    ProtocolSpec,
    Secrets,
    SkimmedMessage,
    Wake,
)

if TYPE_CHECKING:
    from captures.segment import Segment
    from captures.stream_events import Stream, StreamEvent

__all__ = ["Teller", "TellingFlow", "recite"]

_WAYS = tuple(Direction)
_new: Callable[..., Carried] = tuple.__new__
"""Makes `Carried` at a third of the price."""


class TellingFlow(FlowState):
    """See the module. It may be asked for messages at any time, too."""

    def take(self, datagram: "Segment", lines: list[str]) -> int | None:
        """Append the lines of a datagram that the decoder takes as a whole, with nothing missing before it; gives how many bytes more
        than before are kept for later, None where it is not taken and must be told of."""
        taker: DatagramTaker | None = getattr(self._decoder, "skim_datagram", None)
        if taker is None or self._detecting or self._queue:
            return None
        way, _, _, _, _, data, _, packet, time_ns = datagram
        carriers = self._carriers[way]
        if carriers.start != carriers.end:
            return None
        try:
            found = taker(_WAYS[way], data, time_ns)
            if found is None:
                return None
            text, known, inner = found
        except Exception:  # that it must not raise is a law; `tell` says who did
            return None
        carried = self._carried = _new(Carried, ((packet,), packet, time_ns))
        carriers.pass_over(len(data), carried)
        lines.append(f'{{"packet":{packet},"packets":[{packet}],"time_ns":{time_ns},"stream":{self._number},{text}}}')
        if known is None:
            return 0
        if isinstance(known, list):
            return self._pass_on(known, lines)
        return self._keep(known, way, inner, carried, lines)

    def _keep(self, known: KnownInner, way: int, data: bytes, carried: Carried, lines: list[str]) -> int:
        """More bytes of a conversation inside this one."""
        name = known.channel
        channel: Any = self._inner.pop(name, None)
        if channel is not None:
            self._inner[name] = channel
            if channel.keep(way, data, carried):
                self._pending_inside += len(data)
                return len(data)
        try:
            whole = known.inner(data)
        except Exception as error:
            _add(lines, self._failed(error))
            return 0
        return self._pass_on((whole,), lines)

    def _pass_on(self, inners: Sequence[Inner], lines: list[str]) -> int:
        """Bytes of conversations inside this one; gives how many more than before are kept for later."""
        before = self._pending_inside
        for inner in inners:
            self._tell_within(inner, lines)
        return self._pending_inside - before

    def tell(self, chunk: Chunk, lines: list[str], pieces: Sequence[Piece] = ()) -> None:
        """Append the lines of the messages that these bytes complete; they may have come in pieces."""
        way = chunk.direction
        skim: ChunkSkimmer | None = getattr(self._decoder, "skim", None)
        if skim is None or self._detecting or self._queue or (chunk.last and not chunk.data):
            _add(lines, self.receive_pieces(chunk, pieces) if pieces else self.receive(chunk))
            return
        if pieces:
            self._carriers[way].extend(pieces)
        else:
            self._carriers[way].add(chunk)
        try:
            found = skim(chunk)
        except Exception as error:  # that a skimmer must not raise is a law
            _add(lines, self._failed(error))
            return
        if found is None:
            _add(lines, self._straight(cast(Any, self._decoder), chunk))
        else:
            self._told(way, found, lines)

    def receive_pieces(self, chunk: Chunk, pieces: Sequence[Piece]) -> Iterator[Message]:
        """`receive` for bytes that came in pieces."""
        self._carriers[chunk.direction].extend(pieces)
        if self._decoder is not None and not self._detecting and not self._queue:
            return self._straight(self._decoder, chunk)
        self._queue.append(chunk)
        return self._work()

    def patience(self, way: Direction) -> int:
        """How many more bytes of a direction complete nothing, as far as the decoder knows."""
        ask: Callable[[Direction], int] | None = getattr(self._decoder, "patience", None)
        if ask is None or self._detecting or self._queue:
            return 0
        try:
            return ask(way)
        except Exception:  # bytes that are not kept come one by one, which is always right
            return 0

    def _told(self, way: Direction, found: Sequence[SkimmedMessage | Handoff | Inner | Wake], lines: list[str]) -> None:
        """What a decoder has skimmed."""
        for item in found:
            if type(item) is SkimmedMessage:
                carriers = self._carriers[way]
                carried = self._carried = carriers.cover(carriers.start, item.end)
                lines.append(self._line(carried, item.text))
            elif type(item) is Inner:
                self._tell_within(item, lines)
            elif type(item) is Wake:
                self.wakes.append(item.channel)
            elif type(item) is Handoff:
                _add(lines, self._hand_off(item))
                _add(lines, self._work())
                return

    def _line(self, carried: Carried, text: str) -> str:
        packets, packet, time_ns = carried
        shown = packets[0] if len(packets) == 1 else ",".join(map(str, packets))
        layer = f'"layer":{encode_basestring_ascii("/".join(self._layer))},' if self._layer else ""
        return f'{{"packet":{packet},"packets":[{shown}],"time_ns":{time_ns},"stream":{self._number},{layer}{text}}}'

    def _channel_for(self, inner: Inner) -> InnerFlow:
        return PatientFlow(super()._channel_for(inner).state)

    def _tell_within(self, inner: Inner, lines: list[str]) -> None:
        """`_within`, as lines."""
        name, way = inner.channel, inner.direction
        channel = self._inner.pop(name, None)
        if channel is None:
            channel = self._channel_for(inner)
            _add(lines, self._begin_inner(channel, inner))
        self._inner[name] = channel
        if len(self._inner) > MOST_CHANNELS:
            _add(lines, self._end_inner(self._inner.pop(next(iter(self._inner))), *Direction))
        state = channel.state
        cast(PatientFlow, channel).tell(inner, self._carried, lines)
        if inner.last:
            _add(lines, state.finish(way))
        self._count(state)
        if state.wakes:
            _add(lines, self._wake(state))
        if len(state.ended) == len(Direction):
            self._release(name)

    def _end_inner(self, channel: InnerFlow, *directions: Direction, final: bool = True) -> Iterator[Message]:
        yield from cast(PatientFlow, channel).flush()
        yield from super()._end_inner(channel, *directions, final=final)


class Teller(Dissector):
    """A dissector whose messages are wanted as lines."""

    def take(self, lines: list[str], number: int, datagram: "Segment") -> bool:
        """Append the lines of a datagram of UDP stream `number` with nothing missing before it; False where it must be told of."""
        key = ("udp", number)
        flow: Any = self._flows.get(key)  # of this class's own kind; a cast would be a call
        kept = None if flow is None else flow.take(datagram, lines)
        if kept is None:
            return False
        del self._flows[key]
        self._flows[key] = flow
        if kept:
            flow.counted += kept
            self._pending += kept
            if self._pending > MOST_PENDING:
                _add(lines, self._weigh(flow))
        return True

    def tell(self, event: "StreamEvent", lines: list[str]) -> None:
        """Append the lines of the messages that are complete with this event."""
        chunk: Chunk | None = getattr(event, "chunk", None)
        if chunk is None:
            _add(lines, self.receive(event))
            return
        stream = event.stream
        flow = cast(TellingFlow, self._flow_of((stream.transport, stream.number), stream))
        flow.tell(chunk, lines)
        _add(lines, self._weigh(flow))

    def _begin(self, stream: "Stream") -> TellingFlow:
        return TellingFlow(stream.number, stream.flow, self._guide)


def recite(
    spec: ProtocolSpec,
    turns: Iterable[tuple[Direction, bytes]],
    *,
    inner: Sequence[ProtocolSpec] = (),
    secrets: Secrets = NO_SECRETS,
    offered: Callable[[int], bool] = lambda _: True,
) -> list[str]:
    """What `converse` finds, conversations inside included, as lines; `offered` says for each turn's number whether it may be skimmed."""
    from captures.segment import Segment

    state = TellingFlow(0, flow_of(spec), Guide((spec, *inner), (pin_of(spec),), secrets))
    offsets = [0, 0]
    lines: list[str] = []
    for number, (way, data) in enumerate(turns, 1):
        chunk = Chunk(way, offsets[way], data, packet=number, carrier=number, time_ns=number)
        offsets[way] += len(data)
        if not offered(number):
            _add(lines, state.receive(chunk))
        elif spec.wire == "tcp" or state.take(Segment(way, 0, 0, 0, 0, data, len(data), number, number), lines) is None:
            state.tell(chunk, lines)
    for way in Direction:
        _add(lines, state.finish(way))
    return lines


def _add(lines: list[str], messages: Iterable[Message]) -> None:
    lines += map(message_line, messages)

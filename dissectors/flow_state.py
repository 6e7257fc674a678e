"""One flow on its way through detection, its decoders and their hand-offs, to messages that know their packets."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from dissectors.carriers import Carried, Carriers
from dissectors.detect import MOST_DATA, WAIT, Wait
from dissectors.drafts import place
from dissectors.feed import Feed
from dissectors.guide import Guide, decoder_of
from dissectors.inner_flows import InnerFlow
from dissectors.slots import CONTRACT, described, vouch
from dissectors.undecoded import undecoded
from workbench.api import (
    Chunk,
    Decoder,
    Direction,
    FlowKey,
    Handoff,
    Inner,
    Memory,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    Wake,
)

__all__ = ["DECODER_BYTES", "FLOW_BYTES", "MOST_CHANNELS", "MOST_HANDOFFS", "MOST_LAYERS", "FlowState"]

MOST_HANDOFFS = 16
"""Decoders one flow may pass through: proxy, upgrade, TLS and their like are four; two plugins that send a flow to each other never end."""

MOST_LAYERS = 8
"""Conversations inside conversations: TLS in SOCKS in TLS with a WebSocket in HTTP/2 inside are four."""

MOST_CHANNELS = 4_096
"""Inner conversations of one flow at once; one more ends the one that was silent longest. Peers allow each other a few hundred streams."""
FLOW_BYTES = 2_048
"""What a flow takes while nothing waits in it, measured; counted as pending, since a hundred thousand silent flows fill memory, too."""

DECODER_BYTES = 6_144
"""What its decoder takes then: DNS 2 KiB, HTTP/1.1 and HTTP/2 7, QUIC with TLS inside 12 for each of both."""

_NOTHING = Carried((), 0, 0)
_NEITHER: frozenset[Direction] = frozenset()


class FlowState:
    """Everything about one flow. Chunks in, complete messages out; never raises on account of a decoder.

    What a decoder finds inside its messages (`Inner`) is a flow of its own, with this class again; `layer` says how deep this one lies,
    `channel` which of several it is, and `family` is what these share, by protocol.
    """

    def __init__(
        self,
        number: int,
        flow: FlowKey,
        guide: Guide,
        layer: tuple[str, ...] = (),
        channel: str = "",
        family: dict[str, Memory] | None = None,
    ) -> None:
        self._number = number
        self._flow = flow
        self._guide = guide
        self._layer = layer
        self._channel = channel
        self._family = {} if family is None else family
        self._carriers = (Carriers(), Carriers())
        self._decoder: Decoder | None = None
        self._spec: ProtocolSpec | None = None
        self._detecting = True
        self._outermost = True
        """Decode-as speaks about the first protocol of a flow, not about what that hands over."""
        self._queue: Feed[Chunk | Direction] = Feed()
        """What is still to be fed: chunks, and directions that end."""
        self._waiting: list[Chunk] = []
        """Chunks that detection has seen."""
        self._first: dict[Direction, bytes] = {}
        self._faults: list[str] = []
        """What was wrong with probes that were asked."""
        self._over: frozenset[Direction] = _NEITHER
        """Directions whose end was fed."""
        self._handoffs = 0
        self._closing: Chunk | None = None
        """The end of a direction, while it is being fed."""
        self._remark: Note | None = None
        """To be said with the next undecoded bytes."""
        self._carried = _NOTHING
        """What carried the message that was given last."""
        self._inner: dict[str, InnerFlow] = {}
        """The conversations inside this one, least recently heard of first."""
        self._pending_inside = 0
        """The sum of what they keep; asking all of them for each packet would take long where there are thousands."""
        self._shared: dict[str, Memory] = {}
        """What those share, by protocol."""
        self._waker: Carried | None = None
        """What carried the bytes of the sibling that let this flow go on, while it does."""
        self.wakes: list[str] = []
        """Siblings that may go on."""
        self.ended: frozenset[Direction] = _NEITHER
        """Directions that were finished."""
        self.counted = 0
        """What its owner last knew of `pending`."""

    @property
    def pending(self) -> int:
        """Bytes that may be kept: for messages not yet complete, and for what any flow needs."""
        own = FLOW_BYTES if self._decoder is None else FLOW_BYTES + DECODER_BYTES
        most = self._spec.limits.message if self._spec is not None else 2 * MOST_DATA
        up, down = self._carriers
        return own + min(up.end - up.start, most) + min(down.end - down.start, most) + self._pending_inside

    def waits_inside(self, packet: int, direction: Direction) -> bool:
        """Whether bytes of that packet, or of one before it, wait in an inner conversation for the rest of their message."""
        inner = [channel.state for channel in self._inner.values()]
        oldest = [state._carriers[direction].oldest for state in inner]
        return any(0 < first <= packet for first in oldest) or any(state.waits_inside(packet, direction) for state in inner)

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """Messages that these bytes complete."""
        self._carriers[chunk.direction].add(chunk)
        if self._decoder is not None and not self._detecting and not self._queue:
            return self._straight(self._decoder, chunk)
        self._queue.append(chunk)
        return self._work()

    def finish(self, direction: Direction) -> Iterator[Message]:
        """No more bytes in a direction: what is left of it."""
        if direction not in self.ended:
            self.ended |= {direction}
            self._queue.append(direction)
        return self._work()

    def _straight(self, decoder: Decoder, chunk: Chunk) -> Iterator[Message]:
        """A chunk that nothing waits before, as nearly always."""
        self._closing = chunk if chunk.last and not chunk.data else None
        yield from self._take(partial(decoder.receive, chunk))
        if self._queue:
            yield from self._work()

    def _work(self) -> Iterator[Message]:
        queue = self._queue
        while queue:
            item = queue.next()
            if isinstance(item, Direction):
                self._over |= {item}
            if self._detecting:
                yield from self._detect(item)
            elif self._decoder is not None:
                yield from self._decode(self._decoder, item)
            elif isinstance(item, Chunk) and (item.data or item.gap):
                yield self._undecoded(item)

    def _detect(self, item: Chunk | Direction) -> Iterator[Message]:
        if isinstance(item, Chunk):
            self._waiting.append(item)
            known = self._first.get(item.direction, b"")
            if len(known) < MOST_DATA:
                self._first[item.direction] = known + item.data[: MOST_DATA - len(known)]
        if any(self._first.values()):
            full = any(len(first) >= MOST_DATA for first in self._first.values())
            over = tuple(Direction) if full else self._over
            spec = self._guide.detect(self._flow, self._first, over, self._faults, pinned=self._outermost)
        else:
            spec = WAIT if len(self._over) < len(Direction) else None
        if not isinstance(spec, Wait):
            if spec is None and self._faults:
                self._remark = Note(Severity.ERROR, "; ".join(self._faults), section=CONTRACT)
            yield from self._begin(spec, self._waiting)

    def begin(self, name: str | None, facts: Mapping[str, Any], carrier: str) -> Iterator[Message]:
        """Before the first bytes: this flow, which lies inside one of the protocol `carrier`, is known to be `name` (None: find out)."""
        if name is None:
            self._outermost = False
            return
        spec = self._guide.named(name, carrier)
        if spec is None:
            self._remark = Note(Severity.NOTE, f"this is {name}, which is not installed")
        yield from self._begin(spec, (), facts)

    def refuse(self, note: Note) -> Iterator[Message]:
        """Before the first bytes: this flow is not looked into, for the reason given."""
        self._remark = note
        return self._begin(None, ())

    def _begin(
        self, spec: ProtocolSpec | None, chunks: Sequence[Chunk], facts: Mapping[str, Any] | None = None
    ) -> Iterator[Message]:
        """Go on as `spec` (None: undecoded) from these chunks on. Directions that are over end again, behind their chunks."""
        self._queue.put_first([*chunks, *sorted(self._over)])
        self._over = _NEITHER
        self._detecting = self._outermost = False
        self._waiting, self._first = [], {}
        self._spec, self._decoder = spec, None
        if spec is not None:
            try:
                self._decoder = self._decoder_of(spec, facts)
            except Exception as error:
                yield from self._failed(error)

    def _decoder_of(self, spec: ProtocolSpec, facts: Mapping[str, Any] | None) -> Decoder:
        siblings = self._family.setdefault(spec.name, Memory(spec.limits.memory))
        return decoder_of(
            spec,
            self._number,
            self._flow,
            self._guide.secrets,
            facts,
            channel=self._channel,
            siblings=siblings,
            capture=self._guide.shared(spec),
        )

    def _decode(self, decoder: Decoder, item: Chunk | Direction) -> Iterator[Message]:
        self._closing = item if isinstance(item, Chunk) and item.last and not item.data else None
        yield from self._take(partial(decoder.receive, item) if isinstance(item, Chunk) else partial(decoder.finish, item))
        if isinstance(item, Direction) and self._inner:
            yield from self._finish_inner(item)

    @property
    def waiting(self) -> bool:
        """Whether the decoder waits for what a sibling will read."""
        return bool(getattr(self._decoder, "waiting", False))

    def resume(self, waker: Carried, *, final: bool = False) -> Iterator[Message]:
        """A sibling has read what the decoder waits for, in the packets of `waker`; `final`: none ever will."""
        resume = getattr(self._decoder, "resume", None)
        if resume is not None:
            self._waker = waker
            yield from self._take(partial(resume, final))
            self._waker = None

    def _take(self, ask: Callable[[], Iterable[Message | Handoff | Inner | Wake]]) -> Iterator[Message]:
        """What a decoder gives."""
        own = self._spec if self._spec is not None and self._spec.decoder is not None else None
        try:
            for found in ask():
                if isinstance(found, Message):
                    if own is not None:
                        vouch(own, found)
                    yield self._complete(found)
                elif isinstance(found, Inner):
                    yield from self._within(found)
                elif isinstance(found, Wake):
                    self.wakes.append(found.channel)
                else:
                    yield from self._hand_off(found)
                    return
        except Exception as error:
            yield from self._failed(error)

    def _within(self, inner: Inner) -> Iterator[Message]:
        """Bytes of a conversation inside this one."""
        channel = self._inner.pop(inner.channel, None)
        if channel is None:
            channel = self._channel_for(inner)
            yield from self._begin_inner(channel, inner)
        self._inner[inner.channel] = channel
        if len(self._inner) > MOST_CHANNELS:
            yield from self._end_inner(self._inner.pop(next(iter(self._inner))), *Direction)
        state = channel.state
        yield from channel.receive(inner, self._carried)
        self._count(state)
        if state.wakes:
            yield from self._wake(state)
        if len(state.ended) == len(Direction):
            self._release(inner.channel)

    def _channel_for(self, inner: Inner) -> InnerFlow:
        """A new conversation inside this one."""
        layer = f"{self._spec.name if self._spec else ''} {inner.channel}".strip()
        return InnerFlow(type(self)(self._number, self._flow, self._guide, (*self._layer, layer), inner.channel, self._shared))

    def _begin_inner(self, channel: InnerFlow, inner: Inner) -> Iterator[Message]:
        if len(self._layer) < MOST_LAYERS:
            return channel.state.begin(inner.protocol, inner.facts, self._spec.name if self._spec else "")
        return channel.state.refuse(Note(Severity.WARN, f"{MOST_LAYERS} conversations inside each other are enough"))

    def _count(self, inside: "FlowState", *, gone: bool = False) -> None:
        """What a conversation inside this one keeps has changed."""
        pending = 0 if gone else inside.pending
        self._pending_inside += pending - inside.counted
        inside.counted = pending

    def _wake(self, waker: "FlowState") -> Iterator[Message]:
        """Let conversations go on that waited for what this one read. They may wake others in turn."""
        for _ in range(MOST_CHANNELS):  # two plugins that wake each other never end
            if not waker.wakes:
                return
            name = waker.wakes.pop(0)
            sleeper = self._inner.get(name)
            if sleeper is not None:
                yield from sleeper.state.resume(self._carried)
                self._count(sleeper.state)
                waker.wakes += sleeper.state.wakes
                sleeper.state.wakes.clear()
                self._release(name)
        waker.wakes.clear()

    def _release(self, name: str) -> None:
        """Forget an inner conversation that is over and waits for nobody."""
        channel = self._inner.get(name)
        if channel is not None and len(channel.state.ended) == len(Direction) and not channel.state.waiting:
            del self._inner[name]
            self._count(channel.state, gone=True)

    def _finish_inner(self, *directions: Direction) -> Iterator[Message]:
        """What carried the inner conversations is over."""
        whole = len(directions) == len(Direction) or len(self._over) == len(Direction)
        for channel in self._inner.values():
            yield from self._end_inner(channel, *directions, final=whole)
        if whole:
            self._inner.clear()

    def _end_inner(self, channel: InnerFlow, *directions: Direction, final: bool = True) -> Iterator[Message]:
        for direction in directions:
            yield from channel.state.finish(direction)
        if final and channel.state.waiting:
            yield from channel.state.resume(_NOTHING, final=True)
        self._count(channel.state, gone=final)

    def _hand_off(self, handoff: Handoff) -> Iterator[Message]:
        yield from self._finish_inner(*Direction)
        self._handoffs += 1
        name = handoff.protocol
        spec = self._guide.named(name) if name is not None else None
        if self._handoffs > MOST_HANDOFFS:
            spec, name = None, ""
            self._remark = Note(Severity.WARN, f"the flow was handed over more than {MOST_HANDOFFS} times")
        elif name is not None and spec is None:
            self._remark = Note(Severity.NOTE, f"from here on it is {name}, which is not installed")
        yield from self._begin(spec, handoff.rest, handoff.facts)
        self._detecting = name is None

    def _failed(self, error: Exception) -> Iterator[Message]:
        """A decoder broke its contract: its unreported bytes become undecoded, and so does the rest of the flow."""
        yield from self._finish_inner(*Direction)
        spec = self._spec
        note = Note(Severity.ERROR, f"the {spec.name if spec else ''} decoder failed: {described(error)}")
        self._spec, self._decoder = None, None
        # its chunks are among the unreported bytes
        self._queue.extend([item for item in self._queue.take_all() if isinstance(item, Direction)])
        reported = False
        for direction, carriers in zip(Direction, self._carriers, strict=True):
            if carriers.start < carriers.end:
                raw = carriers.uncovered()
                yield self._complete(undecoded(direction, carriers.start, carriers.end, raw, replace(note, end=len(raw))))
                reported = True
        if not reported:
            self._remark = note

    def _undecoded(self, chunk: Chunk) -> Message:
        notes = []
        if chunk.gap:
            notes.append(Note(Severity.WARN, f"{chunk.gap} bytes before these were not captured"))
        if self._remark is not None:
            notes.append(replace(self._remark, end=len(chunk.data)))
            self._remark = None
        return self._complete(undecoded(chunk.direction, chunk.offset - chunk.gap, chunk.end, chunk.data, *notes))

    def _complete(self, message: Message) -> Message:
        carried = self._carriers[message.direction].cover(message.start, message.end)
        closing = self._closing
        if closing is not None and message.direction is closing.direction and message.end == closing.end:
            # only the end of the stream told where this message ends, so the packet that brought it completes the message
            carried = carried._replace(packet=closing.packet, time_ns=closing.time_ns)
        waker = self._waker
        if waker is not None and waker.packet > carried.packet:
            carried = carried._replace(packet=waker.packet, time_ns=waker.time_ns)
        self._carried = carried
        return place(message, self._number, carried.packets, carried.packet, carried.time_ns, self._layer)

"""The HTTP/1.1 decoder: two directions read side by side, paired, until the connection becomes something else.

Each direction is a coroutine that reads one message after another from its `Wire` and leaves it in `out`. Directions need each other for
three things only: a response must know the method it answers, a client's bytes behind CONNECT or Upgrade wait for the answer, and a
request of HTTP/0.9 is over when the server begins to answer.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from workbench.api import Chunk, Direction, FlowContext, Handoff, Message
from workbench_http1.framing import Framing, FramingKind, body_framing
from workbench_http1.handover import SUCCESSORS, facts_of, request_facts
from workbench_http1.limits import MAX_HELD, MAX_SURPLUS, UNFOLDING
from workbench_http1.messages import Place, http_message, simple_response, undecoded_message
from workbench_http1.pairing import Exchange, Exchanges
from workbench_http1.parts import Body, Head
from workbench_http1.reading import find_start, read_body, read_head, read_junk
from workbench_http1.rules import upgrade_of
from workbench_http1.startline import RequestLine, StatusLine, maybe_request_line
from workbench_http1.wire import Reading, Wire

__all__ = ["Http1Decoder"]

_HELD_LINE = 8_192
"""Bytes behind an Upgrade request in which a next request line is looked for; they are pipelined requests only if there is one."""


@dataclass(slots=True)
class _Side:
    """One direction: its bytes, the chunks they came in, and its coroutine."""

    direction: Direction
    wire: Wire = field(default_factory=Wire)
    pieces: deque[tuple[int, Chunk]] = field(default_factory=deque)
    forgotten: tuple[int, Chunk] | None = None
    """The newest piece that is not kept any more."""
    reading: Reading[None] | None = None
    begun: bool = False
    busy: bool = False
    requests: Exchanges = field(default_factory=Exchanges)
    newest: Exchange | None = None
    surplus: int = MAX_SURPLUS
    """Bytes that bodies may still unfold to beyond their usual share."""

    def remember(self, serial: int, chunk: Chunk) -> None:
        """Keep the chunk as long as its bytes may have to be handed over: what lies inside a message is not, as a rule."""
        if self.busy and self.pieces:
            self.forgotten = self.pieces[-1]
            self.pieces.clear()
        while self.pieces and self.pieces[0][1].end <= self.wire.start:
            self.pieces.popleft()
        self.pieces.append((serial, chunk))


class Http1Decoder:
    """See `workbench.api.Decoder`. Requests are looked for in both directions: a capture may have the roles the wrong way round."""

    def __init__(self, context: FlowContext) -> None:
        self._keep = context.limits.message
        self._sides = {direction: _Side(direction) for direction in Direction}
        for side in self._sides.values():
            side.reading = self._read(side, self._sides[side.direction.opposite])
        self._out: list[Message] = []
        self._serial = 0
        self._arriving: Direction | None = None
        self._switch: Handoff | None = None
        self._handed_off = False
        self._released = False

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff]:
        """Take the next bytes; see `Decoder`."""
        side, peer = self._sides[chunk.direction], self._sides[chunk.direction.opposite]
        self._serial += 1
        if not side.begun:
            side.begun = True
            side.wire.start = chunk.offset - chunk.gap
        if side.reading is None:
            side.wire.ended = side.wire.closed = False
            side.reading = self._read(side, peer)
        side.remember(self._serial, chunk)
        if chunk.gap:
            side.wire.gap += chunk.gap
            self._advance(side)
        if chunk.data:
            self._arriving = chunk.direction
            self._advance(peer)
            side.wire.data += chunk.data
        if chunk.last:
            side.wire.ended = side.wire.closed = True
        self._advance_both(side, peer)
        self._stop_waiting()
        self._arriving = None
        yield from self._give()

    def finish(self, direction: Direction) -> Iterator[Message | Handoff]:
        """No more bytes in this direction; see `Decoder`."""
        side = self._sides[direction]
        side.wire.ended = True
        self._advance_both(side, self._sides[direction.opposite])
        yield from self._give()

    def _stop_waiting(self) -> None:
        """A request that does not come to its end must not hold back for ever what the other side says in the new protocol."""
        if self._switch is not None and any(len(side.wire.data) > MAX_HELD for side in self._sides.values()):
            for side in self._sides.values():
                side.wire.ended = True
                self._advance(side)

    def _give(self) -> Iterator[Message | Handoff]:
        out, self._out = self._out, []
        yield from out
        if self._switch is not None and not self._handed_off and not any(side.busy for side in self._sides.values()):
            self._handed_off = True
            yield replace(self._switch, rest=self._rest())

    def _rest(self) -> tuple[Chunk, ...]:
        """The unread parts of the chunks of both directions, in the order in which they came."""
        rest = []
        for side in self._sides.values():
            start = side.wire.start
            known = side.pieces[0][1] if side.pieces else None
            first = known.offset - known.gap if known is not None else start + len(side.wire.data)
            if side.forgotten is not None and first > start:  # a header section was so long that its end is none of its own
                serial, chunk = side.forgotten
                data = bytes(side.wire.data[: first - start])
                rest.append((serial, replace(chunk, offset=start, data=data, gap=0, last=False)))
            for serial, chunk in side.pieces:
                skip = max(0, start - chunk.offset)
                gap = min(chunk.gap, max(0, chunk.offset - start))
                if skip < len(chunk.data) or chunk.last:
                    rest.append((serial, replace(chunk, offset=chunk.offset + skip, data=chunk.data[skip:], gap=gap)))
        return tuple(chunk for _, chunk in sorted(rest, key=lambda pair: pair[0]))

    def _advance(self, side: _Side) -> None:
        if side.reading is not None and next(side.reading, self) is self:
            side.reading = None

    def _advance_both(self, side: _Side, peer: _Side) -> None:
        self._advance(side)
        self._advance(peer)
        while self._released:
            self._released = False
            self._advance(side)
            self._advance(peer)

    def _holds(self, side: _Side, peer: _Side) -> bool:
        """Whether the bytes in front of this side must wait for the peer's answer to CONNECT or Upgrade."""
        if self._switch is not None:
            return True
        asked = side.newest
        if asked is None or asked.answered or asked.forsaken or peer.wire.ended:
            return False
        if len(side.wire.data) > MAX_HELD:
            asked.forsaken = True
            return False
        if asked.method == b"CONNECT":
            return True
        if not asked.upgrade:
            return False
        found = side.wire.data.find(b"\n", 0, _HELD_LINE)
        return found < 0 or maybe_request_line(bytes(side.wire.data[:found]).rstrip(b"\r")) is None

    def _read(self, side: _Side, peer: _Side) -> Reading[None]:
        wire = side.wire
        while True:
            side.busy = False
            if self._holds(side, peer) or not (wire.data or wire.stuck):
                yield
                continue
            if not wire.data and not wire.gap:
                return
            found = yield from find_start(wire)
            if found is None:
                yield from self._skip(side, peer)
                continue
            side.busy = True
            head = yield from read_head(wire, found, lambda: self._arriving is peer.direction)
            if isinstance(head.start, RequestLine):
                yield from self._request(side, head, head.start)
            else:
                yield from self._response(side, peer, head, head.start)

    def _skip(self, side: _Side, peer: _Side) -> Reading[None]:
        wire = side.wire
        asked = peer.requests.current()
        if asked is not None and asked.simple and wire.data and not wire.gap:
            yield from self._simple_response(side, peer)
            return
        size = yield from read_junk(wire)
        if size == len(wire.data):
            if wire.gap:
                peer.requests.responses_lost()
            wire.lose_gap()
        self._out.append(undecoded_message(self._place(side, size)))

    def _request(self, side: _Side, head: Head, start: RequestLine) -> Reading[None]:
        method = start.part(start.method)
        exchange = side.requests.request(method, upgrade_of(head.section), simple=start.is_simple)
        side.newest = exchange
        if exchange.upgrade or method == b"CONNECT":
            exchange.facts = request_facts(head)
        body = yield from self._body(side, head, body_framing(start, head.section, None))
        self._emit(side, head, body, exchange.number, exchange.number)

    def _response(self, side: _Side, peer: _Side, head: Head, start: StatusLine) -> Reading[None]:
        asked = peer.requests.current()
        framing = body_framing(start, head.section, asked.method if asked else None)
        body = yield from self._body(side, head, framing)
        final = framing.switches or not 100 <= (start.code or 0) < 200
        self._emit(side, head, body, asked.number if asked else None, peer.requests.responses + 1)
        if final:
            peer.requests.answered(whole=not body.missing)
        if side.wire.gap:
            peer.requests.responses_lost()
        if framing.switches:
            self._switch = _successor(head, asked)
        elif final and asked is not None and (asked.upgrade or asked.method == b"CONNECT"):
            # requests that were held back behind this one come first now, so that the next response finds the one it answers
            self._released = True
            yield

    def _simple_response(self, side: _Side, peer: _Side) -> Reading[None]:
        """All bytes up to the end of the connection answer a request of HTTP/0.9 (RFC 1945 6)."""
        asked = peer.requests.current()
        body = yield from read_body(side.wire, 0, Framing(FramingKind.CLOSE), self._keep)
        self._out.append(simple_response(self._place(side, body.end), asked.number if asked else None))
        peer.requests.answered()

    def _body(self, side: _Side, head: Head, framing: Framing) -> Reading[Body]:
        if not head.complete:
            return Body(head.end, head.end, Framing(FramingKind.NONE))
        body = yield from read_body(side.wire, head.end, framing, self._keep)
        return body

    def _emit(self, side: _Side, head: Head, body: Body, exchange: int | None, number: int) -> None:
        place = self._place(side, body.end)
        share = UNFOLDING * len(place.raw)
        message = http_message(place, head, body, exchange, number, share + side.surplus)
        unfolded = sum(len(view.data) for view in message.views[1:])
        side.surplus = max(0, side.surplus - max(0, unfolded - share))
        self._out.append(message)

    def _place(self, side: _Side, size: int) -> Place:
        return Place(side.direction, *side.wire.take(size))


def _successor(head: Head, asked: Exchange | None) -> Handoff:
    """Who goes on behind this response, and why: None means that nobody can say."""
    facts = facts_of(head, asked.facts if asked else None)
    if isinstance(head.start, StatusLine) and head.start.code != 101:
        return Handoff(None, reason="a tunnel opened by CONNECT (RFC 9110 9.3.6)", facts=facts)
    token = upgrade_of(head.section) or (asked.upgrade if asked else b"")
    named = token.partition(b"/")[0]
    reason = f"101 Switching Protocols to {token.decode('latin-1') or 'nothing named'} (RFC 9110 7.8)"
    return Handoff(SUCCESSORS.get(named), reason=reason, facts=facts)

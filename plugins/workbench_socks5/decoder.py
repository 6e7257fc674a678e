"""The SOCKS conversation: which message comes when in each direction, until the connection is a tunnel (RFC 1928 section 3).

Each direction is at a step; a table says what is done there. A step gives a message, moves on without one, or waits: for bytes, or for
what the other direction says. The client's second message depends on the method the server chose, the server's last one on the
client's command, and what the client sends behind its request on whether it was granted.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from workbench.api import Chunk, Direction, FlowContext, FrameError, Handoff, Message
from workbench_socks5.grammar import BROKEN_HEADS, Kind, frame
from workbench_socks5.messages import broken_message, undecoded_message, whole_message
from workbench_socks5.names import VERSION, VERSION4
from workbench_socks5.presentation import host_of
from workbench_socks5.wire import Wire

__all__ = ["MAX_HELD", "Socks5Decoder"]

MAX_HELD = 64 * 1024
"""Bytes behind a request that wait for its answer: a client that does not wait sends one window at most. More are shown undecoded."""
_LONGEST = 4 + 0xFFFF
"""Bytes of the longest message, a GSSAPI token."""
RUN = 4096
"""Undecoded bytes are shown in runs of this size, so that equal bytes give equal messages however they came."""


class Step(Enum):
    """Where a direction is."""

    OPENING = auto()
    CHOSEN = auto()
    PASSWORD = auto()
    STATUS = auto()
    GSSAPI = auto()
    REQUEST = auto()
    REPLY = auto()
    ANSWERED = auto()
    SECOND = auto()
    TUNNEL = auto()
    FOREIGN = auto()


_SECTIONS = {
    Kind.PASSWORD: "RFC 1929 2",
    Kind.STATUS: "RFC 1929 2",
    Kind.GSSAPI: "RFC 1961 3.2",
    Kind.GREETING: "RFC 1928 3",
    Kind.SELECTION: "RFC 1928 3",
    Kind.REQUEST: "RFC 1928 4",
    Kind.REPLY: "RFC 1928 6",
}

_EXCHANGES: Mapping[Kind, int] = {
    Kind.GREETING: 1,
    Kind.SELECTION: 1,
    Kind.PASSWORD: 2,
    Kind.STATUS: 2,
    Kind.REQUEST: 3,
    Kind.REPLY: 3,
    Kind.REQUEST4: 3,
    Kind.REPLY4: 3,
}
"""Question and answer; a second reply to BIND answers nothing."""

_AFTER_METHOD: Mapping[str, tuple[Step, Step]] = {
    "none": (Step.REQUEST, Step.REPLY),
    "password": (Step.PASSWORD, Step.STATUS),
    "gssapi": (Step.GSSAPI, Step.GSSAPI),
}
"""Method → what the client and the server say next; after others nobody knows."""


@dataclass(slots=True)
class _Side:
    wire: Wire
    step: Step = Step.OPENING
    why: str = ""
    """Why its bytes are no SOCKS, in step FOREIGN."""
    lost: bool = False
    """Whether that is because they were not captured whole."""

    def foreign(self, why: str) -> None:
        self.step, self.why = Step.FOREIGN, why


@dataclass(slots=True)
class _Talk:
    """What both directions know. `method` is the server's choice, `command` the client's, "" until it was read."""

    method: str | None = None
    command: str = ""
    target: Mapping[str, Any] = field(default_factory=dict)
    second: Kind = Kind.REPLY
    """What a second reply will look like."""


class Socks5Decoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._context = context
        self._client, self._server = (_Side(Wire(direction)) for direction in Direction)
        self._talk = _Talk()
        self._serial = 0
        self._over = False

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff]:
        """Take the next bytes; see `Decoder`."""
        side = self._side(chunk.direction)
        self._serial += 1
        if chunk.gap:
            yield from self._flush(side, "the bytes behind these were not captured")
            if side.step is not Step.ANSWERED:
                side.foreign("what SOCKS said here was not captured whole")
                side.lost = True
        side.wire.add(self._serial, chunk)
        yield from self._advance()

    def finish(self, direction: Direction) -> Iterator[Message | Handoff]:
        """No more bytes in this direction; see `Decoder`."""
        self._side(direction).wire.ended = True
        yield from self._advance()

    def _side(self, direction: Direction) -> _Side:
        return self._client if direction is Direction.TO_SERVER else self._server

    def _advance(self) -> Iterator[Message | Handoff]:
        # the client goes on as far as it can before the server does: questions come before their answers
        while not self._over and ((yield from self._move(self._client)) or (yield from self._move(self._server))):
            pass
        if self._client.step is self._server.step is Step.TUNNEL and not self._over:
            self._over = True
            rest = sorted(self._client.wire.rest() + self._server.wire.rest(), key=lambda pair: pair[0])
            reason = f"SOCKS {self._talk.command} granted (RFC 1928 6)"
            yield Handoff(None, tuple(chunk for _, chunk in rest), reason, self._talk.target)

    def _move(self, side: _Side) -> Generator[Message, None, bool]:
        """One step of a direction; whether it led anywhere."""
        step = side.step
        found = _STEPS[side.wire.direction, step](self, side)
        if found is not None:
            yield found
        return found is not None or side.step is not step

    def _flush(self, side: _Side, reason: str) -> Iterator[Message]:
        """What is left before a hole."""
        wire = side.wire
        if not wire.data:
            return
        kind = self._opening_kind(wire) if side.step is Step.OPENING else _KINDS.get((wire.direction, side.step))
        if kind is None:
            yield undecoded_message(wire.direction, wire.take(len(wire.data)), side.why or reason)
        else:
            yield self._broken(side, kind, len(wire.data), reason)

    def _broken(self, side: _Side, kind: Kind, size: int, reason: str) -> Message:
        """A message that will never be whole; what follows it is not understood."""
        wire = side.wire
        side.foreign("a broken message came before these bytes")
        return broken_message(self._context, wire.direction, kind, wire.take(size), reason, _SECTIONS.get(kind, "SOCKS4"))

    def _read(self, side: _Side, kind: Kind) -> Message | None:
        """The next message where it is whole; where it never will be, what there is of it."""
        wire = side.wire
        try:
            size = frame(kind, bytes(wire.data[:_LONGEST]))
        except FrameError as error:
            return self._broken(side, kind, BROKEN_HEADS[kind], error.message)
        if size is None:
            cut = wire.ended and wire.data
            return self._broken(side, kind, len(wire.data), f"the {kind.value} is cut off") if cut else None
        exchange = None if side.step is Step.SECOND else _EXCHANGES.get(kind)
        return whole_message(self._context, wire.direction, kind, wire.take(size), exchange)

    # the client's steps

    def _opening_kind(self, wire: Wire) -> Kind | None:
        kinds = _OPENINGS[wire.direction]
        return kinds.get(wire.data[0]) if wire.data else None

    def _client_opens(self, side: _Side) -> Message | None:
        wire = side.wire
        kind = self._opening_kind(wire)
        if kind is None:
            if wire.data:
                side.foreign(f"no SOCKS: version {wire.data[0]}")
            elif wire.ended:
                side.foreign("nothing was said")
            return None
        message = self._read(side, kind)
        if message is not None and side.step is Step.OPENING:
            side.step = Step.CHOSEN
            if kind is Kind.REQUEST4:
                self._asked(side, message)
        return message

    def _client_waits_for_method(self, side: _Side) -> Message | None:
        """Only the server's choice tells what comes next; without one (it is over, or was lost) the first byte has to."""
        if self._talk.method is not None:
            side.step = _AFTER_METHOD.get(self._talk.method, (Step.FOREIGN, Step.FOREIGN))[0]
            side.why = f"behind the method {self._talk.method.replace('_', ' ')}"
        elif self._held(side) or self._server.step is Step.FOREIGN or self._server.wire.ended or side.wire.ended:
            first = side.wire.data[0] if side.wire.data else None
            if first is not None:
                side.step = {VERSION: Step.REQUEST, 1: Step.PASSWORD}.get(first, Step.FOREIGN)
                side.why = "no method was agreed on"
        return None

    def _client_tells_password(self, side: _Side) -> Message | None:
        if side.wire.data and side.wire.data[0] == VERSION:
            side.step = Step.REQUEST  # it does not do what it was asked to
            return None
        message = self._read(side, Kind.PASSWORD)
        if message is not None and side.step is Step.PASSWORD:
            side.step = Step.REQUEST
        return message

    def _client_requests(self, side: _Side) -> Message | None:
        if side.wire.data and side.wire.data[0] != VERSION:
            side.foreign(f"no request of SOCKS5: version {side.wire.data[0]}")
            return None
        message = self._read(side, Kind.REQUEST)
        if message is not None and side.step is Step.REQUEST:
            self._asked(side, message)
        return message

    def _asked(self, side: _Side, message: Message) -> None:
        side.step = Step.ANSWERED
        command = message.value["command"]
        self._talk.command = str(command) if isinstance(command, str) else "other"
        self._talk.target = _target(message)

    def _client_waits_for_answer(self, side: _Side) -> Message | None:
        if self._held(side) or (side.wire.ended and self._server.wire.ended):
            side.foreign("behind a request that was never answered")
        return None

    def _held(self, side: _Side) -> bool:
        return len(side.wire.data) > MAX_HELD

    # the server's steps

    def _server_opens(self, side: _Side) -> Message | None:
        wire = side.wire
        kind = self._opening_kind(wire)
        if kind is None:
            if wire.data:
                side.foreign(f"no SOCKS: version {wire.data[0]}")
            return None
        if kind is Kind.REPLY4:
            return self._server_replies(side, Kind.REPLY4)
        message = self._read(side, kind)
        if message is not None and side.step is Step.OPENING:
            method = message.value["auth_accepted_method"]
            self._talk.method = method if isinstance(method, str) else f"number {int(method)}"
            side.step = _AFTER_METHOD.get(self._talk.method, (Step.FOREIGN, Step.FOREIGN))[1]
            side.why = f"behind the method {self._talk.method.replace('_', ' ')}"
        return message

    def _server_judges(self, side: _Side) -> Message | None:
        message = self._read(side, Kind.STATUS)
        if message is not None and side.step is Step.STATUS:
            side.step = Step.REPLY
            if message.value["auth_status"]:
                side.foreign("behind a denial")
        return message

    def _server_answers(self, side: _Side) -> Message | None:
        return self._server_replies(side, Kind.REPLY)

    def _server_replies(self, side: _Side, kind: Kind) -> Message | None:
        """The first reply; what it means depends on the client's command, so that one has to be read before."""
        client = self._client
        if not self._talk.command and client.step is not Step.FOREIGN and not client.wire.ended and not self._held(side):
            return None
        message = self._read(side, kind)
        if message is None or side.step is Step.FOREIGN:
            return message
        if not _grants(message):
            self._refused()
        elif not self._talk.command and client.step is Step.FOREIGN and not client.lost:
            side.foreign("behind an answer to what was no request")
        elif self._talk.command == "bind":
            side.step = Step.SECOND
            self._talk.second = kind
        elif self._talk.command == "associate":
            side.foreign("UDP carries the data; nothing is due here")
            client.foreign("UDP carries the data; nothing is due here")
        else:
            self._tunnel()
        return message

    def _server_replies_again(self, side: _Side) -> Message | None:
        """BIND: somebody called, or nobody did (RFC 1928 section 6)."""
        message = self._read(side, self._talk.second)
        if message is None or side.step is Step.FOREIGN:
            return message
        if _grants(message):
            self._talk.target = _target(message)
            self._tunnel()
        else:
            self._refused()
        return message

    def _refused(self) -> None:
        self._server.foreign("behind a refusal")
        self._client.foreign("behind a request that was refused")

    def _tunnel(self) -> None:
        self._client.step = self._server.step = Step.TUNNEL

    # both

    def _gssapi(self, side: _Side, following: Step) -> Message | None:
        """Tokens of GSS-API, until SOCKS goes on (RFC 1961 section 3)."""
        if side.wire.data and side.wire.data[0] == VERSION:
            side.step = following
            return None
        return self._read(side, Kind.GSSAPI)

    def _rest(self, side: _Side) -> Message | None:
        """Bytes that are no SOCKS, in runs."""
        wire = side.wire
        size = min(RUN, len(wire.data)) if wire.ended else len(wire.data) // RUN and RUN
        return undecoded_message(wire.direction, wire.take(size), side.why) if size else None

    def _nothing(self, side: _Side) -> Message | None:
        return None


def _grants(message: Message) -> bool:
    return message.value["results"] in ("succeeded", "granted")


def _target(message: Message) -> Mapping[str, Any]:
    """Host and port that a request or reply speaks of: the `facts` of what goes on in the tunnel."""
    value = message.value
    return {"host": host_of(value), "port": value["port"] if "port" in value else value["dstport"]}


_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
_OPENINGS: Mapping[Direction, Mapping[int, Kind]] = {
    _UP: {VERSION: Kind.GREETING, VERSION4: Kind.REQUEST4},
    _DOWN: {VERSION: Kind.SELECTION, 0: Kind.REPLY4, VERSION4: Kind.REPLY4},
}
"""First byte → what it begins. SOCKS4 replies have version 0; some servers say 4."""
_KINDS: Mapping[tuple[Direction, Step], Kind] = {
    (_UP, Step.PASSWORD): Kind.PASSWORD,
    (_UP, Step.GSSAPI): Kind.GSSAPI,
    (_UP, Step.REQUEST): Kind.REQUEST,
    (_DOWN, Step.STATUS): Kind.STATUS,
    (_DOWN, Step.GSSAPI): Kind.GSSAPI,
    (_DOWN, Step.REPLY): Kind.REPLY,
    (_DOWN, Step.SECOND): Kind.REPLY,
}
"""What a direction is in the middle of, behind its opening."""
_STEPS: Mapping[tuple[Direction, Step], Callable[[Socks5Decoder, _Side], Message | None]] = {
    (_UP, Step.OPENING): Socks5Decoder._client_opens,
    (_UP, Step.CHOSEN): Socks5Decoder._client_waits_for_method,
    (_UP, Step.PASSWORD): Socks5Decoder._client_tells_password,
    (_UP, Step.GSSAPI): lambda decoder, side: decoder._gssapi(side, Step.REQUEST),
    (_UP, Step.REQUEST): Socks5Decoder._client_requests,
    (_UP, Step.ANSWERED): Socks5Decoder._client_waits_for_answer,
    (_DOWN, Step.OPENING): Socks5Decoder._server_opens,
    (_DOWN, Step.STATUS): Socks5Decoder._server_judges,
    (_DOWN, Step.GSSAPI): lambda decoder, side: decoder._gssapi(side, Step.REPLY),
    (_DOWN, Step.REPLY): Socks5Decoder._server_answers,
    (_DOWN, Step.SECOND): Socks5Decoder._server_replies_again,
    **{(way, Step.TUNNEL): Socks5Decoder._nothing for way in Direction},
    **{(way, Step.FOREIGN): Socks5Decoder._rest for way in Direction},
}

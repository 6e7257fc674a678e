"""A finding as a capture file: synthetic frames around the bytes that were said, each mutated field in the options of the packet that
carries it, as a comment for people and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from captures import PcapngWriter
from captures.synthesis import MAX_DATAGRAM, TcpConversation, udp_frame
from fuzzers.model import Execution, Mutation, Turn
from workbench.api import Direction, Endpoint, ProtocolSpec

__all__ = ["ENTERPRISE", "write_traffic"]

EPOCH_NS = 1_000_000_000_000_000_000
"""Time of the first packet (in 2001): invented, and always the same, so that equal findings make equal files."""
STEP_NS = 1_000_000
"""Between two packets."""
CLIENT_PORT = 40_000
FALLBACK_PORT = 9
ENTERPRISE = 32_473
"""Custom options name an enterprise; we have no number of our own, and this one is nobody's (RFC 5612)."""

_Frame = tuple[bytes, Direction, tuple[Mutation, ...]]


@dataclass(frozen=True, slots=True)
class _Said:
    """One turn, and the mutations of the message that it is."""

    direction: Direction
    data: bytes
    mutations: tuple[Mutation, ...] = ()


def write_traffic(
    path: Path, spec: ProtocolSpec, execution: Execution, comment: str, mutations: Sequence[tuple[int, Mutation]] = ()
) -> None:
    """Write one execution as pcapng. `mutations` say which message (index) each belongs to; `comment` goes to the first packet, or where
    datagrams are to the file. Each connection of the case is a stream of its own.

    What travels in a carrier (HTTP/3 in QUIC) is written without it, as frames of `workbench.api.carried` in datagrams: what was found is
    in the frames, and --decode-as shows it.
    """
    server = Endpoint("127.0.0.1", spec.ports[0] if spec.ports else FALLBACK_PORT)
    if spec.transport != spec.wire:
        rule = f"--decode-as udp.port=={server.port},{spec.name}"
        comment = f"{comment}; frames as {spec.transport} carries them, without it: read with {rule}"
    streams = _Streams(spec, server)
    if execution.secret and spec.hints.secret is not None:
        session = [_Said(Direction.TO_SERVER, message) for message in spec.hints.secret.session.messages]
        streams.whole(CLIENT_PORT - 1, session)
    first = len(streams.frames)
    lanes = execution.lanes or (0,) * len(execution.turns)
    for lane, said in zip(lanes, _with_mutations(execution.turns, mutations), strict=True):
        streams.say(CLIENT_PORT + lane, said)
    if not execution.turns and spec.wire == "tcp":
        streams.open(CLIENT_PORT)
    streams.end()
    with path.open("wb") as file:
        writer = PcapngWriter(file, application="workbench fuzz", comment=comment)
        writer.interface("fuzz")
        for number, (frame, direction, changed) in enumerate(streams.frames):
            comments = [f"fuzz: {mutation}" for mutation in changed]
            if spec.wire == "tcp" and number == first:
                comments.insert(0, comment)
            if number == 0 < first:
                comments.insert(0, "the session of somebody else, whose secret must stay one")
            custom = [(ENTERPRISE, _as_json(mutation)) for mutation in changed]
            writer.packet(EPOCH_NS + number * STEP_NS, frame, comments=comments, direction=direction, custom=custom)
        writer.flush()


def _with_mutations(turns: Sequence[Turn], mutations: Sequence[tuple[int, Mutation]]) -> list[_Said]:
    """The turns; the client's messages are counted over all connections."""
    said, message = [], -1
    for direction, data in turns:
        own = direction is Direction.TO_SERVER
        message += own
        said.append(_Said(direction, data, tuple(each for index, each in mutations if own and index == message)))
    return said


def _as_json(mutation: Mutation) -> str:
    facts = {"kind": mutation.kind, "path": mutation.path, "before": mutation.before, "after": mutation.after}
    return json.dumps({"fuzz.mutation": facts}, ensure_ascii=False)


class _Streams:
    """The frames of several connections to one server, in the order of what is said."""

    def __init__(self, spec: ProtocolSpec, server: Endpoint) -> None:
        self.frames: list[_Frame] = []
        self._spec = spec
        self._server = server
        self._open: dict[int, TcpConversation] = {}

    def say(self, port: int, said: _Said) -> None:
        """One turn of the client at this port; its connection is opened where there is none."""
        if self._spec.wire == "udp":
            pieces = [said.data[:MAX_DATAGRAM]] if self._spec.transport == "udp" else _pieces(said.data)
            self._take([self._datagram(port, said.direction, piece) for piece in pieces], said.direction, said.mutations)
            return
        if port not in self._open:
            self.open(port)
        self._take(self._open[port].send(said.direction, said.data), said.direction, said.mutations)

    def open(self, port: int) -> None:
        """A TCP connection on which nothing is said yet."""
        self._open[port] = TcpConversation(Endpoint("127.0.0.1", port), self._server)
        self._take(self._open[port].open(), Direction.TO_SERVER)

    def end(self) -> None:
        """Close what is open."""
        for conversation in self._open.values():
            self._take(conversation.close(Direction.TO_SERVER), Direction.TO_SERVER)
        self._open.clear()

    def whole(self, port: int, turns: Sequence[_Said]) -> None:
        """One connection from its beginning to its end."""
        for said in turns:
            self.say(port, said)
        self.end()

    def _take(self, frames: Sequence[bytes], direction: Direction, mutations: tuple[Mutation, ...] = ()) -> None:
        """Frames of one step, the mutations on the first of them."""
        self.frames += [(frame, direction, mutations if not number else ()) for number, frame in enumerate(frames)]

    def _datagram(self, port: int, direction: Direction, data: bytes) -> bytes:
        ends = Endpoint("127.0.0.1", port), self._server
        source, destination = ends if direction is Direction.TO_SERVER else ends[::-1]
        return udp_frame(source, destination, data, to_server=direction is Direction.TO_SERVER)


def _pieces(data: bytes) -> list[bytes]:
    """What a carrier carries is a stream of frames: where datagrams end means nothing."""
    return [data[at : at + MAX_DATAGRAM] for at in range(0, len(data), MAX_DATAGRAM)]

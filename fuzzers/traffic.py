"""A finding as a capture file: synthetic frames around the bytes that were said, the mutated field in the packet comments."""

from collections.abc import Sequence
from pathlib import Path

from captures import PcapngWriter
from captures.synthesis import MAX_DATAGRAM, TcpConversation, udp_frame
from fuzzers.model import Execution, Mutation
from workbench.api import Direction, Endpoint, ProtocolSpec

__all__ = ["write_traffic"]

EPOCH_NS = 1_000_000_000_000_000_000
"""Time of the first packet (in 2001): invented, and always the same, so that equal findings make equal files."""
STEP_NS = 1_000_000
"""Between two packets."""
CLIENT_PORT = 40_000
FALLBACK_PORT = 9

_Frame = tuple[bytes, Direction, tuple[str, ...]]


def write_traffic(
    path: Path, spec: ProtocolSpec, execution: Execution, comment: str, mutations: Sequence[tuple[int, Mutation]] = ()
) -> None:
    """Write one execution as pcapng. `mutations` say which message (index) each belongs to; `comment` goes to the first packet, or where
    datagrams are to the file.

    What travels in a carrier (HTTP/3 in QUIC) is written without it, as frames of `workbench.api.carried` in datagrams: what was found is
    in the frames, and --decode-as shows it.
    """
    server = Endpoint("127.0.0.1", spec.ports[0] if spec.ports else FALLBACK_PORT)
    if spec.transport != spec.wire:
        rule = f"--decode-as udp.port=={server.port},{spec.name}"
        comment = f"{comment}; frames as {spec.transport} carries them, without it: read with {rule}"
    frames: list[_Frame] = []
    if execution.secret and spec.hints.secret is not None:
        session = [(Direction.TO_SERVER, message) for message in spec.hints.secret.session.messages]
        first = "the session of somebody else, whose secret must stay one"
        frames += _conversation(spec, Endpoint("127.0.0.1", CLIENT_PORT - 1), server, session, [], first)
    frames += _conversation(spec, Endpoint("127.0.0.1", CLIENT_PORT), server, execution.turns, mutations, comment)
    with path.open("wb") as file:
        writer = PcapngWriter(file, application="workbench fuzz", comment=comment)
        writer.interface("fuzz")
        for number, (frame, direction, comments) in enumerate(frames):
            writer.packet(EPOCH_NS + number * STEP_NS, frame, comments=comments, direction=direction)
        writer.flush()


def _conversation(
    spec: ProtocolSpec,
    client: Endpoint,
    server: Endpoint,
    turns: Sequence[tuple[Direction, bytes]],
    mutations: Sequence[tuple[int, Mutation]],
    comment: str,
) -> list[_Frame]:
    """Frames of one conversation, each with its direction and comments."""
    said = -1
    comments: list[tuple[str, ...]] = []
    for direction, _ in turns:
        said += direction is Direction.TO_SERVER
        own = direction is Direction.TO_SERVER
        comments.append(tuple(f"fuzz: {mutation}" for index, mutation in mutations if own and index == said))
    if spec.wire == "udp":
        frames = []
        for (direction, data), note in zip(turns, comments, strict=True):
            pieces = [data[:MAX_DATAGRAM]] if spec.transport == "udp" else _pieces(data)
            frames += _noted([_datagram(client, server, direction, piece) for piece in pieces], direction, note)
        return frames
    tcp = TcpConversation(client, server)
    frames = _noted(tcp.open(), Direction.TO_SERVER, (comment,))
    for (direction, data), note in zip(turns, comments, strict=True):
        frames += _noted(tcp.send(direction, data), direction, note)
    return frames + _noted(tcp.close(Direction.TO_SERVER), Direction.TO_SERVER, ())


def _noted(frames: Sequence[bytes], direction: Direction, comments: tuple[str, ...]) -> list[_Frame]:
    """Frames of one step, the comments on the first of them."""
    return [(frame, direction, comments if not number else ()) for number, frame in enumerate(frames)]


def _pieces(data: bytes) -> list[bytes]:
    """What a carrier carries is a stream of frames: where datagrams end means nothing."""
    return [data[at : at + MAX_DATAGRAM] for at in range(0, len(data), MAX_DATAGRAM)]


def _datagram(client: Endpoint, server: Endpoint, direction: Direction, data: bytes) -> bytes:
    source, destination = (client, server) if direction is Direction.TO_SERVER else (server, client)
    return udp_frame(source, destination, data, to_server=direction is Direction.TO_SERVER)

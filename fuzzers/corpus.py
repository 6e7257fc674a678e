"""What cases are made from: whole client sides of sessions, decoded once so that mutators find values and byte ranges.

The corpus of a campaign is fixed when it starts (and kept in its store), so a case number always means the same case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from captures import open_capture
from dissectors import converse, dissect, parse_decode_as
from fuzzers.model import USUAL, Conduct, Parting
from workbench.api import Direction, Message, ProtocolSpec, Seed, StreamData, UsageError

__all__ = ["Entry", "Piece", "corpus_of", "pieces_of", "seeds_from_capture", "seeds_of"]

MAX_SEEDS = 512
"""Sessions taken from captures: more of the same only make starting slow."""
MAX_SESSION = 32
"""Messages of one captured session that become a seed; long sessions make slow cases and teach little more."""
MAX_SESSION_BYTES = 256 * 1024
"""Bytes of one captured session that become a seed, for the same reason."""

_ONE_WAY = 2
"""Bit of the numbers of streams that go one way (RFC 9000 2.1): those of HTTP/3 never end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a session: its bytes, what the decoder made of them (None where it found no error-free message there), and the
    connection that it goes over (see `Conduct`)."""

    raw: bytes = field(repr=False)
    message: Message | None = None
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded session. `partings` say how its connections are left."""

    name: str
    pieces: tuple[Piece, ...]
    partings: tuple[Parting, ...] = ()


def corpus_of(spec: ProtocolSpec, seeds: Iterable[Seed]) -> tuple[Entry, ...]:
    """Decode the seeds of a campaign, in order."""
    return tuple(Entry(seed.name, pieces_of(spec, seed.messages)) for seed in seeds)


def pieces_of(spec: ProtocolSpec, messages: Sequence[bytes], conduct: Conduct = USUAL) -> tuple[Piece, ...]:
    """Decode what a client says in one session, on each of its connections."""
    if not conduct.lanes:
        return _decoded(spec, messages)
    lanes: dict[int, list[int]] = {}
    for place, lane in enumerate(conduct.lanes):
        lanes.setdefault(lane, []).append(place)
    pieces: dict[int, Piece] = {}
    for lane, places in lanes.items():
        decoded = _decoded(spec, [messages[place] for place in places])
        pieces.update((place, replace(piece, lane=lane)) for place, piece in zip(places, decoded, strict=True))
    return tuple(pieces[place] for place in range(len(messages)))


def _decoded(spec: ProtocolSpec, messages: Sequence[bytes]) -> tuple[Piece, ...]:
    decoded = {
        (message.start, message.end): message
        for message in converse(spec, [(Direction.TO_SERVER, raw) for raw in messages])
        if message.protocol == spec.name and not message.errors
    }
    pieces = []
    offset = 0
    for raw in messages:
        end = offset + len(raw)
        pieces.append(Piece(raw, decoded.get((offset, end))))
        offset = end
    return tuple(pieces)


def seeds_of(
    spec: ProtocolSpec, captures: Sequence[Path] = (), decode_as: Sequence[str] = (), around: Sequence[ProtocolSpec] = ()
) -> tuple[Seed, ...]:
    """The protocol's own seeds, then those of the captures, none twice. `around` are protocols that it may travel in there. Raises
    `UsageError` when there is none at all."""
    found: dict[tuple[bytes, ...], Seed] = {}
    for seed in spec.seeds:
        messages = tuple(filter(None, seed.messages))
        if messages:
            found.setdefault(messages, Seed(seed.name, messages))
    for path in captures:
        for seed in seeds_from_capture(spec, path, decode_as, around):
            found.setdefault(seed.messages, seed)
    if not found:
        raise UsageError(
            f"there is nothing to start from: {spec.name} has no seeds",
            remedy="Give a capture with a session of this protocol",
        )
    return tuple(found.values())


def seeds_from_capture(
    spec: ProtocolSpec, path: Path, decode_as: Sequence[str] = (), around: Sequence[ProtocolSpec] = ()
) -> list[Seed]:
    """The client's messages of each flow of this protocol in a capture file; raises `CaptureError` for an unusable file."""
    sessions: dict[int, list[Message]] = {}
    pins = [parse_decode_as(text, (spec,)) for text in decode_as]
    with open_capture(path) as capture:
        for message in dissect(capture, (spec, *around), decode_as=pins):
            if message.protocol == spec.name and message.direction is Direction.TO_SERVER and message.raw:
                session = sessions.setdefault(message.stream, []) if len(sessions) < MAX_SEEDS else sessions.get(message.stream)
                if session is not None and _fits(session, message.raw):
                    session.append(message)
    name = Path(path).name
    return [Seed(f"{name} stream {stream}", _said(spec, session)) for stream, session in sessions.items() if session]


def _fits(session: list[Message], raw: bytes) -> bool:
    return len(session) < MAX_SESSION and sum(len(each.raw) for each in session) + len(raw) <= MAX_SESSION_BYTES


def _said(spec: ProtocolSpec, session: Sequence[Message]) -> tuple[bytes, ...]:
    """The bytes of a session. What travelled on streams of a carrier becomes its frames again; each stream of requests ends with its last
    message, since nobody noted its end."""
    streams = [_stream_of(spec, message) for message in session]
    last = {stream: place for place, stream in enumerate(streams)}
    return tuple(
        message.raw
        if stream is None
        else bytes(StreamData(stream, message.raw, end=last[stream] == place and not stream & _ONE_WAY))
        for place, (message, stream) in enumerate(zip(session, streams, strict=True))
    )


def _stream_of(spec: ProtocolSpec, message: Message) -> int | None:
    """The stream of its carrier that a message travelled on (the layer "quic stream 4"), None where nothing carries it."""
    carrier, _, number = message.layer[-1].rpartition(" stream ") if message.layer else ("", "", "")
    return int(number) if carrier == spec.transport and number.isdecimal() else None

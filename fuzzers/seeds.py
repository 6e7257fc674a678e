"""Where a campaign's seeds come from: the protocol itself, sessions in captures, corpora of other fuzzers and campaigns."""

from collections import Counter
from collections.abc import Generator, Sequence
from itertools import islice
from pathlib import Path

from captures import open_capture
from dissectors import dissect, parse_decode_as
from dissectors.secrets import SecretStore
from fuzzers.config import Sources
from fuzzers.corpus_files import sessions_in
from fuzzers.events import Reading
from workbench.api import Direction, Message, ProtocolSpec, Seed, StreamData, UsageError

__all__ = ["gather", "seeds_of"]

MAX_SEEDS = 512
"""Sessions taken from one capture or corpus: more of the same only make starting slow."""
MAX_SESSION = 32
"""Messages of one captured session that become a seed; long sessions make slow cases and teach little more."""
MAX_SESSION_BYTES = 256 * 1024
"""Bytes of one captured session that become a seed, for the same reason."""

EVERY = 1000
"""Messages between two reports: a fraction of a second."""
NAMED = 4
"""Protocols that an error names where the right one is missing."""

_ONE_WAY = 2
"""Bit of the numbers of streams that go one way (RFC 9000 2.1): those of HTTP/3 never end."""

_Gathering = Generator[Reading, None, list[Seed]]


def seeds_of(spec: ProtocolSpec, sources: Sources | None = None, around: Sequence[ProtocolSpec] = ()) -> tuple[Seed, ...]:
    """All seeds at once; see `gather`."""
    gathering = gather(spec, sources or Sources(), around)
    while True:
        try:
            next(gathering)
        except StopIteration as done:
            seeds: tuple[Seed, ...] = done.value
            return seeds


def gather(
    spec: ProtocolSpec, sources: Sources, around: Sequence[ProtocolSpec] = ()
) -> Generator[Reading, None, tuple[Seed, ...]]:
    """The protocol's own seeds, then those of the captures, then those of the corpora, none twice. `around` are the protocols that it may
    travel in.

    Raises `UsageError` for a capture or corpus without any, and where there is none at all; `CaptureError` for an unusable file.
    """
    found: dict[tuple[bytes, ...], Seed] = {}
    for seed in spec.seeds:
        messages = tuple(filter(None, seed.messages))
        if messages:
            found.setdefault(messages, Seed(seed.name, messages))
    for path in sources.captures:
        for seed in (yield from _from_capture(spec, path, sources, around)):
            found.setdefault(seed.messages, seed)
    for path in sources.folders:
        for seed in (yield from _from_corpus(spec, path)):
            found.setdefault(seed.messages, seed)
    if not found:
        raise UsageError(
            f"there is nothing to start from: {spec.name} has no seeds",
            remedy="Give a capture with a session of this protocol",
        )
    return tuple(found.values())


def _from_corpus(spec: ProtocolSpec, path: Path) -> _Gathering:
    seeds = []
    for session in islice(sessions_in(spec, path), MAX_SEEDS):
        seeds.append(Seed(session.name, session.messages))
        if len(seeds) % EVERY == 0:
            yield Reading(path, len(seeds), len(seeds))
    if not seeds:
        raise UsageError("there is no session in this corpus", place=str(path), remedy="Give a folder with files of bytes")
    yield Reading(path, sum(len(seed.messages) for seed in seeds), len(seeds))
    return seeds


def _from_capture(spec: ProtocolSpec, path: Path, sources: Sources, around: Sequence[ProtocolSpec]) -> _Gathering:
    """What clients say in each conversation of this protocol. It is looked for in all others first, as in any dissection; then alone,
    where no other takes its flows for its own."""
    seen: Counter[str] = Counter()
    seeds = yield from _sessions(spec, path, sources, (spec, *around), seen)
    if not seeds and around:
        seeds = yield from _sessions(spec, path, sources, (spec,), Counter())
    if seeds:
        return seeds
    others = ", ".join(f"{count} of {name}" for name, count in seen.most_common(NAMED) if name != spec.name)
    locked = seen["tls"] or seen["quic"]
    raise UsageError(
        f"no client says anything in {spec.name} here{f'; there are messages: {others}' if others else ''}",
        place=str(path),
        remedy="Give the secrets with --keylog, if it is inside TLS"
        if locked
        else "Name its ports with --decode-as 'tcp.port==N,PROTOCOL'",
    )


def _sessions(
    spec: ProtocolSpec, path: Path, sources: Sources, company: Sequence[ProtocolSpec], seen: Counter[str]
) -> _Gathering:
    sessions: dict[tuple[int, tuple[str, ...]], list[Message]] = {}
    pins = [parse_decode_as(text, company) for text in sources.decode_as]
    carried = spec.transport != spec.wire
    with open_capture(path) as capture:
        secrets = SecretStore(lambda: (*sources.keylogs, *capture.secrets))
        for number, message in enumerate(dissect(capture, company, decode_as=pins, secrets=secrets), 1):
            seen[message.protocol] += 1
            if message.protocol == spec.name and message.direction is Direction.TO_SERVER and message.raw:
                # all streams of a carrier are one session, every other conversation inside another one is its own
                key = (message.stream, message.layer[:-1] if carried else message.layer)
                session = sessions.setdefault(key, []) if len(sessions) < MAX_SEEDS else sessions.get(key)
                if session is not None and _fits(session, message.raw):
                    session.append(message)
            if number % EVERY == 0:
                yield Reading(path, number, len(sessions))
    name = path.name
    return [
        Seed(" in ".join((f"{name} stream {stream}", *layer)), _said(spec, session))
        for (stream, layer), session in sessions.items()
        if session
    ]


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

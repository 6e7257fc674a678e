"""Corpora as files: our own campaigns, queues of AFL and AFLNet, folders of files; reading all of them, writing those that others read.

AFLNet knows two kinds of file. A "raw" one is everything a client says, without borders between the messages; the protocol's own framing
finds them again. A "replay" one (its folders `replayable-…`) has each message behind its length, four bytes, little-endian.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dissectors import converse
from fuzzers.store import FILE_NAME, Store
from workbench.api import Direction, ProtocolSpec, UsageError

__all__ = ["Format", "Session", "cut", "parse_replay", "protocol_of", "replay_bytes", "sessions_in", "write_sessions"]

Format = Literal["raw", "replay"]
"""Without borders between messages, and with them."""

LARGEST = 1 << 20
"""Bytes of one file: AFL's own limit for an input."""

REPLAY = ".replay"
PLACES = ("replayable-queue", "queue", "default/queue", "default/replayable-queue")
"""Where fuzzers keep their corpus below their output folder, the ones with borders between messages first."""

NO_INPUT = re.compile(r"\.|README")
"""How names of files begin that are no inputs."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a client says. `features` are what it showed when it was found, () where that is not known."""

    name: str
    messages: tuple[bytes, ...] = field(repr=False)
    features: tuple[int, ...] = field(default=(), repr=False)

    @property
    def size(self) -> int:
        """Bytes of all messages."""
        return sum(map(len, self.messages))


def sessions_in(spec: ProtocolSpec, place: Path) -> Iterator[Session]:
    """All sessions of a corpus, in order: a campaign's folder, another fuzzer's output folder, a folder of files, one file. Raises
    `UsageError` where there is none, or a file is not what its name says."""
    if (place / FILE_NAME).is_file():
        yield from _of_campaign(place)
        return
    if place.is_dir():
        folder = next((place / below for below in PLACES if (place / below).is_dir()), place)
        files = sorted(path for path in folder.iterdir() if path.is_file() and not NO_INPUT.match(path.name))
    elif place.is_file():
        files = [place]
    else:
        raise UsageError(
            "there is no corpus here", place=str(place), remedy="Give a campaign, a queue of AFL or AFLNet, or a folder of files"
        )
    for path in files:
        messages = _read(spec, path)
        if messages:
            yield Session(path.name, messages)


def protocol_of(place: Path) -> str:
    """The protocol of a campaign's corpus, "" where nobody says."""
    if not (place / FILE_NAME).is_file():
        return ""
    with closing(Store.open(place)) as store:
        return str(store.meta()["protocol"])


def _of_campaign(directory: Path) -> Iterator[Session]:
    with closing(Store.open(directory)) as store:
        seeds, grown, seen = store.corpus(), tuple(store.grown()), dict(store.seen())
    for place, seed in enumerate(seeds):
        yield Session(seed.name, seed.messages, seen.get(place, ()))
    for found in grown:
        yield Session(f"case {found.case} {found.arm}", found.messages, found.features)


def _read(spec: ProtocolSpec, path: Path) -> tuple[bytes, ...]:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError(f"is larger than {LARGEST:,} bytes", place=str(path), remedy="Take it out of the corpus")
    if path.suffix != REPLAY and not path.parent.name.startswith("replayable"):
        return cut(spec, data)
    messages = parse_replay(data)
    if messages is None:
        raise UsageError(
            "is no replay file: its lengths do not add up", place=str(path), remedy="Call it .raw if it has no lengths"
        )
    return messages


def cut(spec: ProtocolSpec, data: bytes) -> tuple[bytes, ...]:
    """The messages in everything that a client says, as the protocol's own framing has them."""
    said = converse(spec, [(Direction.TO_SERVER, data)]) if data else ()
    borders = sorted({message.end for message in said if 0 < message.end < len(data)})
    return tuple(data[start:end] for start, end in zip([0, *borders], [*borders, len(data)], strict=True) if end > start)


def parse_replay(data: bytes) -> tuple[bytes, ...] | None:
    """The messages of a replay file; None where the lengths do not add up."""
    messages, offset = [], 0
    while offset < len(data):
        end = offset + 4 + int.from_bytes(data[offset : offset + 4], "little")
        if offset + 4 > len(data) or end > len(data):
            return None
        messages.append(data[offset + 4 : end])
        offset = end
    return tuple(filter(None, messages))


def replay_bytes(messages: Sequence[bytes]) -> bytes:
    """A replay file."""
    return b"".join(len(raw).to_bytes(4, "little") + raw for raw in messages)


def write_sessions(sessions: Sequence[Session], directory: Path, form: Format) -> list[Path]:
    """One file for each session in a new (or empty) folder; the names keep the order."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError("is there already, and not empty", place=str(directory), remedy="Give another folder")
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    for number, session in enumerate(sessions):
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", session.name.removesuffix(REPLAY).removesuffix(".raw"))[:80].strip("-.")
        file = directory / f"{number:06}-{name}.{form}"
        file.write_bytes(replay_bytes(session.messages) if form == "replay" else b"".join(session.messages))
        files.append(file)
    return files

"""Collects the HTTP objects of a capture, and writes them into a folder of their own with a manifest. Yields what it did."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from captures.follow import chunks_of_stream
from captures.stream_events import Delivered
from dissectors.filters import Filter
from workbench.analysis.object_names import ObjectNames, safe_name
from workbench.analysis.objects import HttpObject, ObjectFinder
from workbench.api import Message, UsageError
from workbench.session import Session

__all__ = ["MANIFEST", "Collected", "ObjectFolder", "collect", "describe_object"]

MANIFEST = "index.json"

LARGEST = 1 << 30
"""Bytes of one object that are read again when its message kept only the beginning: it is held in memory."""

MOST_OBJECTS = 1_000_000
"""Files in one folder, beyond which no file system is pleasant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One object as the manifest has it; its texts come from the wire, and JSON escapes them. `file` is "" for one that was not written,
    `left_out` says why."""

    file: str
    bytes: int
    sha256: str
    protocol: str
    stream: int
    packet: int
    request_packet: int
    direction: str
    host: str
    uri: str
    content_type: str
    status: int
    whole: bool
    left_out: str = ""


def collect(
    session: Session, only: Filter | None = None, heard: Callable[[Iterable[Message]], Iterable[Message]] = iter
) -> Iterator[HttpObject]:
    """The objects of a capture that is indexed already; with a filter those whose last packet, or whose request's, passes."""
    chosen = None if only is None else frozenset(session.matching(only).tolist())
    finder = ObjectFinder()
    for message in heard(session.messages()):
        yield from (_unabridged(session, found) for found in finder.add(message) if _passes(found, chosen))
    yield from (found for found in finder.finish() if _passes(found, chosen))


def _unabridged(session: Session, found: HttpObject) -> HttpObject:
    """The object with the bytes that its message did not keep, read again from its stream where they were captured."""
    if found.span is None or found.span[1] - found.span[0] > LARGEST:
        return found
    start, end = found.span
    data = bytearray()
    for event in chunks_of_stream(session.capture, "tcp", found.stream):
        if isinstance(event, Delivered) and event.chunk.direction is found.direction:
            chunk = event.chunk
            data += chunk.data[max(0, start - chunk.offset) : max(0, end - chunk.offset)]
            if chunk.end >= end:
                break
    return replace(found, data=bytes(data), whole=True, span=None) if len(data) == end - start else found


def _passes(found: HttpObject, chosen: frozenset[int] | None) -> bool:
    return chosen is None or found.packet in chosen or found.request_packet in chosen


def describe_object(found: HttpObject, file: str = "", left_out: str = "") -> Collected:
    """What the manifest says."""
    return Collected(
        file=file,
        bytes=len(found.data),
        sha256=hashlib.sha256(found.data).hexdigest(),
        protocol=found.protocol,
        stream=found.stream,
        packet=found.packet,
        request_packet=found.request_packet,
        direction=found.direction.name.lower(),
        host=found.host,
        uri=found.uri,
        content_type=found.content_type,
        status=found.status,
        whole=found.whole,
        left_out=left_out,
    )


class ObjectFolder:
    """A folder that is filled with objects. It has to be new or empty; `total` bytes are written at most.

    Raises UsageError. Names are ours, files are only ever created, and nobody else may read them.
    """

    def __init__(self, path: Path, total: int) -> None:
        if path.exists() and not path.is_dir():
            raise UsageError("this is no folder", place=str(path), remedy="Name a new one with -o")
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise UsageError("this folder is not empty", place=str(path), remedy="Name a new one with -o")
        self.path = path
        self._room = total
        self._names = ObjectNames((MANIFEST,))
        self._known: list[Collected] = []

    def add(self, found: HttpObject) -> Collected:
        """Write one object."""
        if len(found.data) > self._room or len(self._known) >= MOST_OBJECTS:
            told = describe_object(found, left_out="the limit of this collection is reached")
        else:
            name = self._names.unique(safe_name(found.uri, found.content_type, found.packet))
            _create(self.path / name, found.data)
            self._room -= len(found.data)
            told = describe_object(found, file=name)
        self._known.append(told)
        return told

    def finish(self, capture: str) -> None:
        """Write the manifest."""
        document = {"capture": capture, "objects": [asdict(each) for each in self._known]}
        _create(self.path / MANIFEST, json.dumps(document, indent=2).encode() + b"\n")


def _create(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)

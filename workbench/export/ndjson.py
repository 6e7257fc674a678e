"""NDJSON: one message a line, the machine interface. What an object holds is decided in `dissectors.paths`."""

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dissectors.paths import message_object
from workbench.api import Message
from workbench.export.source import Source

__all__ = ["lines", "write"]


def lines(messages: Iterable[Message]) -> Iterator[str]:
    """One JSON object per message, ASCII only, without line breaks."""
    encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
    for message in messages:
        yield encode(message_object(message))


def write(source: Source, out: BinaryIO) -> int:
    """Write all messages; returns how many."""
    count = 0
    for line in lines(source.messages()):
        out.write(line.encode("ascii") + b"\n")
        count += 1
    return count

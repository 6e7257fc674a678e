"""NDJSON: one message a line, the machine interface. What an object holds is decided in `dissectors.paths`."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dissectors.paths import message_line
from workbench.api import Message
from workbench.export.source import Source

__all__ = ["lines", "write"]


def lines(messages: Iterable[Message]) -> Iterator[str]:
    """One JSON object per message, ASCII only, without line breaks."""
    return map(message_line, messages)


def write(source: Source, out: BinaryIO) -> int:
    """Write all messages; returns how many."""
    count = 0
    for line in lines(source.messages()):
        out.write(line.encode("ascii") + b"\n")
        count += 1
    return count

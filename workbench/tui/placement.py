"""Which bytes of a message lie where in one packet: the bridge between a packet's bytes and a reassembled message's.

Works on bytes and offsets alone and is checked against the bytes, so that a wrong guess shows as "not here", never as a wrong place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from workbench.api import Message

__all__ = ["Placement", "place"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Bytes [start, end) of a message lie `shift` further in the packet."""

    start: int
    end: int
    shift: int


def place(payload: bytes, payload_at: int, messages: Sequence[Message], offset: int | None) -> tuple[tuple[Placement, ...], ...]:
    """For each message its places in a packet whose transport payload begins at `payload_at`.

    `offset` is the position of the payload in the direction's byte stream, where known (from sequence numbers); where it does not
    hold, the payload is looked for in the messages' bytes. Datagrams need no offset: their messages follow each other.
    """
    if not payload or not messages:
        return tuple(() for _ in messages)
    if offset is None or not _holds(payload, messages, offset):
        offset = _search(payload, messages)
    if offset is None:
        return tuple(() for _ in messages)
    return tuple(_overlap(message, offset, len(payload), payload_at) for message in messages)


def _overlap(message: Message, offset: int, length: int, payload_at: int) -> tuple[Placement, ...]:
    start = max(message.start, offset)
    end = min(message.start + len(message.raw), offset + length)
    return (Placement(start - message.start, end - message.start, message.start - offset + payload_at),) if start < end else ()


def _holds(payload: bytes, messages: Sequence[Message], offset: int) -> bool:
    """Whether every message agrees with the payload where they overlap, and at least one does."""
    seen = False
    for message in messages:
        start = max(message.start, offset)
        end = min(message.start + len(message.raw), offset + len(payload))
        if start >= end:
            continue
        if message.raw[start - message.start : end - message.start] != payload[start - offset : end - offset]:
            return False
        seen = True
    return seen


def _search(payload: bytes, messages: Sequence[Message]) -> int | None:
    """The stream offset at which the payload agrees with the messages, found by its bytes."""
    first = messages[0]
    joined = first.raw
    for before, message in pairwise(messages):
        if message.start != before.start + len(before.raw):
            break
        joined += message.raw
    found = joined.find(payload)
    if found < 0:
        # the payload begins before the first message, or bytes of it belong to no message
        found = payload.find(joined)
        found = -found if found >= 0 else len(joined) + 1
    offset = first.start + found
    return offset if _holds(payload, messages, offset) else None

"""Ordinary 1-RTT packets as text: what `packets` says of them, without their trees."""

from functools import lru_cache

from workbench.api import Direction, Note, members_text, notes_text
from workbench_quic.frame_items import Ack, Stream
from workbench_quic.frame_types import Type
from workbench_quic.measures import Facts
from workbench_quic.packets import short_flat
from workbench_quic.skim_frames import Peeked
from workbench_quic.summaries import label_of
from workbench_quic.versions import Kind

__all__ = ["RESERVED", "short_text", "usual_text"]

RESERVED = 0x18
"""Bits of a short header's first byte that are zero (RFC 9000 17.3.1)."""

_KEPT = 4096
"""Beginnings of packets kept: each connection has a handful."""


def short_text(
    way: Direction,
    connection: int,
    cid: bytes,
    first: int,
    number: int,
    seen: Peeked,
    analysis: Facts,
    notes: list[Note],
) -> str:
    """The message of a packet from `way`, whose connection has that number, to the connection ID `cid`."""
    return (
        f'{_begin(way, seen.label)}{number}: {seen.words}","fields":{{{_head(connection, first, cid)}{number},{seen.fields}'
        f'{_facts(analysis)}}},"notes":{notes_text(notes)}'
    )


def usual_text(
    way: Direction,
    connection: int,
    cid: bytes,
    first: int,
    number: int,
    has_stream: bool,
    words: str,
    fields: str,
    analysis: Facts,
) -> str:
    """The same of what `skim_usual` has read."""
    head = _head(connection, first, cid)
    return f'{_USUAL[way][has_stream]}{number}: {words}","fields":{{{head}{number},{fields}{_facts(analysis)}}},"notes":[]'


def _facts(analysis: Facts) -> str:
    return "".join([f',"{name}":{value!r}' for name, value in analysis.items()])


@lru_cache(maxsize=64)
def _begin(way: Direction, label: str) -> str:
    """All before the packet number in the summary."""
    return f'"protocol":"quic","direction":"{way.name.lower()}","label":"{label}","summary":"{Kind.ONE_RTT.value} '


_FRAMES = Ack(Type.ACK, 0, 0, 0, 0, ()), Stream(Type.STREAM, 0, 0, 0, 0, b"", False)
_USUAL = tuple(tuple(_begin(way, label_of(Kind.ONE_RTT, (frame,))) for frame in _FRAMES) for way in Direction)


@lru_cache(maxsize=_KEPT)
def _head(connection: int, first: int, cid: bytes) -> str:
    """All before the packet number in the fields."""
    return f'{members_text(short_flat(connection, first, cid))},"quic.packet_number":'

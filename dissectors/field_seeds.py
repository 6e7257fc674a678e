"""Names of fields that a protocol's own examples have: its seeds, and what its server answers.

A decoder written in Python may name fields as it likes; this is what can be known of them without a capture. For suggestions only: a name
that is not here may still exist.
"""

from collections.abc import Iterator

from dissectors.engine import converse
from workbench.api import Direction, ProtocolSpec, ServerOptions, in_memory

__all__ = ["MOST_ANSWER", "seen_names"]

MOST_KNOWN = 64
"""Protocols whose names are remembered: more than are installed anywhere."""

MOST_ANSWER = 256 * 1024
"""Bytes of one answer that are read: an endless one names no more fields."""


_seen: dict[int, tuple[ProtocolSpec, frozenset[str]]] = {}
"""By identity of the protocol, as one may hold what cannot be hashed; the protocol with it, so that the identity stays its own."""


def seen_names(spec: ProtocolSpec) -> frozenset[str]:
    """All filter names in the messages of a protocol's seeds and their answers, looked for once."""
    known = _seen.get(id(spec))
    if known is None:
        if len(_seen) >= MOST_KNOWN:
            _seen.clear()
        known = _seen[id(spec)] = spec, _names(spec)
    return known[1]


def _names(spec: ProtocolSpec) -> frozenset[str]:
    found: set[str] = set()
    for seed in spec.seeds:
        for message in converse(spec, _turns(spec, seed.messages), inner=()):
            found.update(node.abbrev for _, node in message.root.walk() if "." in node.abbrev)
    return frozenset(found)


def _turns(spec: ProtocolSpec, messages: tuple[bytes, ...]) -> Iterator[tuple[Direction, bytes]]:
    connection = None
    try:
        connection = None if spec.server is None else in_memory(spec.server(ServerOptions())())
    except Exception:
        connection = None
    for message in messages:
        yield Direction.TO_SERVER, message
        if connection is None:
            continue
        try:
            answer = connection.receive(message)[:MOST_ANSWER]
        except Exception:
            connection = None
            continue
        if answer:
            yield Direction.TO_CLIENT, answer

"""What a grammar says about itself: byte strings that mean something, and fields that it computes."""

from collections.abc import Iterator

from construct import Check, Checksum, Computed, Const, Construct, Enum, Rebuild, Renamed

from workbench.api import Crc, Framed, ProtocolSpec

__all__ = ["computed_names", "tokens_of"]

MAX_NODES = 10_000
"""Nodes of one grammar that are looked at: a recursive grammar must not keep us for ever."""


def tokens_of(spec: ProtocolSpec) -> tuple[bytes, ...]:
    """Tokens in a fixed order, none twice: hints first, then constants as the grammar has them, then names of enum values."""
    found: dict[bytes, None] = dict.fromkeys(spec.hints.tokens)
    grammars = [spec.grammar] if isinstance(spec.grammar, Construct) else _both(spec)
    for grammar in grammars:
        for node in _nodes(grammar):
            if isinstance(node, Const) and isinstance(node.value, bytes):
                found[node.value] = None
            elif isinstance(node, Enum):
                found.update((node.subcon.build(number), None) for number in node.ksymapping if _fits(node.subcon, number))
    found.pop(b"", None)
    return tuple(found)


def computed_names(grammar: Construct | None) -> frozenset[str]:
    """Names of fields whose value does not matter when a message is built: lengths, counts, checksums, constants."""
    found = set()
    for node in _nodes(grammar) if grammar is not None else ():
        if isinstance(node, Framed):
            found.add(node.length_name)
        if isinstance(node, Renamed) and isinstance(_innermost(node), Rebuild | Crc | Checksum | Const | Computed | Check):
            found.add(node.name)
    return frozenset(found)


def _innermost(node: Construct) -> Construct:
    """What a name stands before."""
    while isinstance(node, Renamed):
        node = node.subcon
    return node


def _both(spec: ProtocolSpec) -> list[Construct]:
    return [] if spec.grammar is None else [spec.grammar.to_server, spec.grammar.to_client]


def _fits(construct: Construct, number: int) -> bool:
    try:
        construct.build(number)
    except Exception:  # a strange subcon of an enum is no reason to have no dictionary
        return False
    return True


def _nodes(grammar: Construct) -> Iterator[Construct]:
    """Every construct below a grammar, each once, in definition order."""
    seen: set[int] = set()
    stack = [grammar]
    while stack and len(seen) < MAX_NODES:
        node = stack.pop()
        if id(node) in seen or not isinstance(node, Construct):
            continue
        seen.add(id(node))
        yield node
        below: list[Construct | None] = [getattr(node, slot, None) for slot in ("subcon", "thensubcon", "elsesubcon", "default")]
        below.extend(_sequence(getattr(node, "subcons", ())))
        cases = getattr(node, "cases", None)
        below.extend(cases.values() if isinstance(cases, dict) else ())
        stack.extend(part for part in reversed(below) if isinstance(part, Construct))


def _sequence(value: object) -> list[Construct]:
    return list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list | tuple) else []

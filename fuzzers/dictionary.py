"""Byte strings that mean something to a target: what a grammar says about itself, and what a user's dictionary adds. And which fields a
grammar computes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

from construct import Check, Checksum, Computed, Const, Construct, Enum, Rebuild, Renamed

from workbench.api import Crc, Framed, Hints, ProtocolSpec, UsageError

__all__ = ["computed_names", "read_dictionary", "tokens_of", "with_tokens"]

MAX_NODES = 10_000
"""Nodes of one grammar that are looked at: a recursive grammar must not keep us for ever."""

LONGEST, MOST = 128, 10_000
"""Bytes of one token of a dictionary (AFL's own limit), and tokens of one file."""

_ENTRY = re.compile(r'(?:[A-Za-z0-9_.@-]+[ \t]*=[ \t]*)?"((?:[^"\\]|\\x[0-9A-Fa-f]{2}|\\["\\])+)"')
"""`name="value"`, where the name may be missing, and may end in "@LEVEL"."""
_ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\]))')


def read_dictionary(path: Path) -> tuple[bytes, ...]:
    """The tokens of a dictionary in AFL's format: a line `name="value"` each, with \\xNN, \\" and \\\\ for bytes that need it. Raises
    `UsageError` that names file and line."""
    try:
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from error
    tokens = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        entry = _ENTRY.fullmatch(line)
        token = _unescaped(entry[1]) if entry is not None else b""
        if not 0 < len(token) <= LONGEST:
            remedy = f'Write name="value", up to {LONGEST} bytes, with \\xNN for bytes that are no text'
            raise UsageError("is no entry of a dictionary", place=f"{path}:{number}", remedy=remedy)
        tokens.append(token)
    if len(tokens) > MOST:
        raise UsageError(
            f"has more than {MOST:,} entries", place=str(path), remedy="Keep those that mean something to the target"
        )
    return tuple(tokens)


def _unescaped(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()) if found[1] else found[2], raw)


def with_tokens(spec: ProtocolSpec, tokens: Sequence[bytes]) -> ProtocolSpec:
    """The same protocol with more tokens for the fuzzer."""
    if not tokens:
        return spec
    hints = {each.name: getattr(spec.hints, each.name) for each in fields(Hints)}  # which may be loaded on demand only
    return replace(spec, hints=Hints(**hints | {"tokens": (*spec.hints.tokens, *tokens)}))


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

"""Changes of what a message means: one to three values of its construct tree, or items of its arrays.

Half of the results are *repaired*: the changed value is built by the protocol, so that lengths and checksums are right and the change
reaches the code behind the first tests. The other half is *broken*: the same change is patched into the original bytes, everything around
it left as it was. A value that the protocol refuses to build is always patched in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from fuzzers.escape import shown_value
from fuzzers.model import Mutation
from fuzzers.mutators.leaf import other_value
from fuzzers.repair import Repair
from fuzzers.values import Path, leaves, lists, replaced, shown_path
from workbench.api import Field, Message, ProtocolSpec

__all__ = ["Grammar", "located", "mutate_fields"]

REPEATS = (1, 2, 16, 300)
"""How many copies of an array's item are added: one more, a few, more than fit a small buffer, more than a byte counts."""
MAX_ITEMS = 4096
"""Items that a grown array may have: enough to pass every 12-bit bound, not so many that building takes all the time."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What value mutators need of a protocol, computed once: `repair` for bytes that could only be patched."""

    spec: ProtocolSpec
    tokens: tuple[bytes, ...]
    repair: Repair | None


@dataclass(frozen=True, slots=True)
class _Change:
    kind: str
    path: Path
    before: Any
    after: Any


def mutate_fields(message: Message, grammar: Grammar, random: Random, index: int) -> tuple[bytes, list[Mutation]]:
    """Bytes of a message after one to three changes of its value, and what they were; no changes where it has no values."""
    value = message.value
    changes: list[_Change] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        made = _change(value, message, grammar, random)
        if made is None:
            continue
        value, change = made
        changes.append(change)
    if not changes:
        return message.raw, []
    built = _build(grammar.spec, message, value)
    broken = built is None or random.random() < 0.5
    raw = _patched(message, changes, built) if broken or built is None else built
    suffix = "broken" if broken else "rebuilt"
    if broken and built is None and grammar.repair is not None and random.random() < 0.5:
        raw, suffix = grammar.repair(raw), "repaired"
    return raw, [
        Mutation(
            f"value.{change.kind}.{suffix}", index, shown_path(change.path), shown_value(change.before), shown_value(change.after)
        )
        for change in changes
    ]


def _change(value: Any, message: Message, grammar: Grammar, random: Random) -> tuple[Any, _Change] | None:
    """One random change; None when there is nothing to change."""
    arrays = list(lists(value))
    if arrays and random.random() < 0.25:
        path, items = random.choice(arrays)
        kind, new = _items(list(items), random)
        if kind:
            return replaced(value, path, type(items)(new)), _Change(kind, path, f"{len(items)} items", f"{len(new)} items")
    candidates = list(leaves(value))
    kept = [entry for entry in candidates if _general(entry[0]) not in grammar.spec.hints.keep]
    if kept and random.random() < 0.5:
        candidates = kept
    if not candidates:
        return None
    path, old = random.choice(candidates)
    kind, other = other_value(old, _bits(located(message.root, path)), random, grammar.tokens)
    return replaced(value, path, other), _Change(kind, path, old, other)


def _general(path: Path) -> str:
    """A path without indices, as `Hints.keep` names it."""
    return ".".join(step for step in path if isinstance(step, str))


def _items(items: list[Any], random: Random) -> tuple[str, list[Any]]:
    """An array with an item repeated, dropped, swapped or all gone; no kind when it is empty."""
    if not items:
        return "", items
    at_ = random.randrange(len(items))
    pick = random.randrange(4)
    if pick == 0:
        copies = min(random.choice(REPEATS), MAX_ITEMS - len(items))
        return "repeat", items[:at_] + [items[at_]] * max(0, copies) + items[at_:]
    if pick == 1 and len(items) > 1:
        other = random.randrange(len(items))
        items[at_], items[other] = items[other], items[at_]
        return "swap", items
    if pick == 2:
        return "clear", []
    return "drop", items[:at_] + items[at_ + 1 :]


def _build(spec: ProtocolSpec, message: Message, value: Any) -> bytes | None:
    try:
        return spec.build(replace(message, value=value))
    except Exception:  # whatever a strange value makes a grammar or an encoder raise, it means: cannot be built
        return None


def _bits(node: Field | None) -> int:
    if node is None:
        return 0
    return node.bits[1] - node.bits[0] if node.bits else 8 * (node.end - node.start)


def located(root: Field, path: Path) -> Field | None:
    """The field that shows the value at `path`; None where the tree has no such field in the message's own bytes."""
    node: Field | None = root
    for step in path:
        if node is None:
            return None
        if isinstance(step, int):
            node = node.children[step] if step < len(node.children) else None
        else:
            node = _named(node, step)
    return node if node is not None and node.view == 0 else None


def _named(node: Field, name: str) -> Field | None:
    """The child of that name, also below children without one (structure that has no counterpart in the value)."""
    for child in node.children:
        if child.name == name or child.abbrev.rpartition(".")[2] == name:
            return child
    return next((found for child in node.children if not child.name for found in [_named(child, name)] if found), None)


def _patched(message: Message, changes: Sequence[_Change], built: bytes | None) -> bytes:
    """The original bytes with the changed fields written over, last field first so that earlier offsets stay true."""
    raw = message.raw
    patches = []
    for change in changes:
        node = located(message.root, change.path)
        if node is not None and node.bits is None:
            patches.append((node.start, node.end, _patch(message, change, node, built, alone=len(changes) == 1)))
    for start, end, new in sorted(patches, key=lambda patch: patch[0], reverse=True):
        raw = raw[:start] + new + raw[end:]
    return raw


def _patch(message: Message, change: _Change, node: Field, built: bytes | None, *, alone: bool) -> bytes:
    old = message.raw[node.start : node.end]
    if alone and built is not None and built != message.raw:
        grown = node.end + len(built) - len(message.raw)
        return built[node.start : grown] if grown >= node.start else old
    if isinstance(change.after, bytes):
        return change.after
    if isinstance(change.after, str) and not hasattr(change.before, "intvalue"):
        return change.after.encode("utf-8", "replace")
    if isinstance(change.after, int) and old:
        number = int(getattr(change.before, "intvalue", change.before))
        order = "little" if int.from_bytes(old, "little") == number != int.from_bytes(old, "big") else "big"
        return (int(change.after) & (1 << 8 * len(old)) - 1).to_bytes(len(old), "little" if order == "little" else "big")
    return old

"""Applying changes of values to a message: built anew so that everything is right, or patched into the old bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dissectors.codegen.building import build
from fuzzers.dictionary import computed_names, tokens_of
from fuzzers.escape import shown_value
from fuzzers.model import Mutation
from fuzzers.mutators.anatomy import Anatomy
from fuzzers.mutators.carried import CARRIED
from fuzzers.mutators.spans import Span, spans_of
from fuzzers.repair import Repair, repairer
from fuzzers.values import Path, shown_path
from workbench.api import Direction, Field, Message, Mutator, ProtocolSpec

__all__ = ["Change", "Grammar", "bits_of", "built_from", "located", "patched"]

REMEMBERED = 2048
"""Values whose parts are known: the messages of a few hundred entries of a corpus."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What value mutators need of a protocol, computed once.

    `repair` is for bytes that could only be patched; `computed` are names of fields that building a message computes; `mutators` are those
    of the plugin, and those for streams where something carries it.
    """

    spec: ProtocolSpec
    tokens: tuple[bytes, ...]
    repair: Repair | None
    computed: frozenset[str] = frozenset()
    mutators: tuple[Mutator, ...] = ()
    _spans: dict[bytes, tuple[Span, ...]] = field(default_factory=dict, repr=False, compare=False)
    _anatomies: dict[int, tuple[Any, Anatomy]] = field(default_factory=dict, repr=False, compare=False)
    """What is known about values that are changed again and again, by their ids; it holds them, so that no other value gets that id."""

    @staticmethod
    def of(spec: ProtocolSpec) -> "Grammar":
        """Computed from what a client of this protocol may say."""
        grammar = spec.grammar_for(Direction.TO_SERVER)
        carried = CARRIED if spec.transport != spec.wire else ()
        mutators = (*spec.hints.mutators, *carried)
        return Grammar(spec, tokens_of(spec), repairer(grammar), computed_names(grammar), mutators)

    def spans(self, message: Message) -> tuple[Span, ...]:
        """The fields of a message of the corpus that can be changed in place; worked out once."""
        known = self._spans.get(message.raw)
        if known is None:
            if len(self._spans) >= REMEMBERED:
                self._spans.clear()
            known = self._spans[message.raw] = spans_of(message)
        return known

    def anatomy(self, value: Any) -> Anatomy:
        """Where a value of the corpus can be changed; worked out once."""
        known = self._anatomies.get(id(value))
        if known is None:
            if len(self._anatomies) >= REMEMBERED:
                self._anatomies.clear()
            known = self._anatomies[id(value)] = value, Anatomy.of(value, self.spec.hints.keep, self.computed)
        return known[1]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the value at `path`; for arrays `before` and `after` are lists."""

    kind: str
    path: Path
    before: Any
    after: Any

    def told(self, index: int, how: str) -> Mutation:
        """The change as a mutation of message `index`, applied in the way `how`."""
        before, after = (
            f"{len(value)} items" if isinstance(value, list) else shown_value(value) for value in (self.before, self.after)
        )
        return Mutation(f"value.{self.kind}.{how}", index, shown_path(self.path), before, after)


def built_from(spec: ProtocolSpec, message: Message, value: Any) -> bytes | None:
    """The message with another value, built by its protocol; None where it cannot be."""
    try:
        return build(spec, replace(message, value=value))
    except Exception:  # whatever a strange value makes a grammar or an encoder raise, it means: cannot be built
        return None


def bits_of(node: Field | None) -> int:
    """Width of a field; 0 for none."""
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


def patched(message: Message, changes: Sequence[Change], built: bytes | None) -> bytes:
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


def _patch(message: Message, change: Change, node: Field, built: bytes | None, *, alone: bool) -> bytes:
    old = message.raw[node.start : node.end]
    if alone and built is not None and built != message.raw:
        grown = node.end + len(built) - len(message.raw)
        return built[node.start : grown] if grown >= node.start else old
    if isinstance(change.after, bytes):
        return change.after
    if isinstance(change.after, list):
        return b"" if not change.after else old
    if isinstance(change.after, str) and not hasattr(change.before, "intvalue"):
        return change.after.encode("utf-8", "replace")
    if isinstance(change.after, int) and old:
        number = int(getattr(change.before, "intvalue", change.before))
        little = int.from_bytes(old, "little") == number != int.from_bytes(old, "big")
        return (int(change.after) & (1 << 8 * len(old)) - 1).to_bytes(len(old), "little" if little else "big")
    return old

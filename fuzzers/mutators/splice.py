"""Parts of one message in the place of the same parts of another: both are right, together they may be what nobody thought of."""

from collections.abc import Mapping
from random import Random
from typing import Any

from fuzzers.escape import shown_value
from fuzzers.model import Mutation
from fuzzers.mutators.change import Change, Grammar, built_from, located
from fuzzers.values import Path, at, replaced, subtrees
from workbench.api import Message

__all__ = ["splice", "switch"]

REPAIRED = 0.75
"""How often a message whose parts do not belong together gets right lengths and checksums, so that it is looked into at all."""


def splice(message: Message, donor: Message, grammar: Grammar, random: Random, index: int) -> tuple[bytes, list[Mutation]]:
    """A part of `donor` put where `message` has one of the same path, everything computed anew; no changes where that cannot be."""
    theirs = dict(_parts(donor.value))
    shared = [(path, part) for path, part in _parts(message.value) if path in theirs and theirs[path] != part]
    if not shared:
        return message.raw, []
    path, part = random.choice(shared)
    other = at(donor.value, path)
    raw = built_from(grammar.spec, message, replaced(message.value, path, other))
    if raw is None or raw == message.raw:
        return message.raw, []
    kept, new = ((f"{len(value)} parts" if isinstance(value, Mapping) else value) for value in (part, other))
    return raw, [Change("splice", path, kept, new).told(index, "rebuilt")]


def switch(message: Message, donor: Message, grammar: Grammar, random: Random, index: int) -> tuple[bytes, list[Mutation]]:
    """Where two messages are of different kinds: the case of one under the tag of the other. Built where the protocol can; else its bytes
    take the place of the others, and lengths and checksums are repaired or not."""
    if not isinstance(message.value, Mapping) or not isinstance(donor.value, Mapping):
        return message.raw, []
    names = [
        name
        for name, part in message.value.items()
        if isinstance(name, str)
        and not name.startswith("_")
        and name not in grammar.computed
        and name in donor.value
        and donor.value[name] != part
    ]
    if not names:
        return message.raw, []
    name = random.choice(names)
    other = donor.value[name]
    told = f"that of {donor.label or 'another kind'}" if isinstance(other, Mapping | list) else shown_value(other)
    raw, how = built_from(grammar.spec, message, replaced(message.value, (name,), donor.value[name])), "rebuilt"
    if raw is None:
        ours, theirs = located(message.root, (name,)), located(donor.root, (name,))
        if ours is None or theirs is None or ours.bits is not None or theirs.bits is not None:
            return message.raw, []
        raw, how = message.raw[: ours.start] + donor.raw[theirs.start : theirs.end] + message.raw[ours.end :], "broken"
        if grammar.repair is not None and random.random() < REPAIRED:
            raw, how = grammar.repair(raw), "repaired"
    if raw == message.raw:
        return message.raw, []
    return raw, [Mutation(f"value.switch.{how}", index, name, message.label or "", told)]


def _parts(value: Any) -> list[tuple[Path, Any]]:
    return [(path, part) for path, part in subtrees(value) if path]

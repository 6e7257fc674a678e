"""Parts of one message in the place of the same parts of another: both are right, together they may be what nobody thought of."""

from collections.abc import Mapping
from random import Random
from typing import Any

from fuzzers.model import Mutation
from fuzzers.mutators.change import Change, Grammar, built_from
from fuzzers.values import Path, at, replaced, subtrees
from workbench.api import Message

__all__ = ["splice"]


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


def _parts(value: Any) -> list[tuple[Path, Any]]:
    return [(path, part) for path, part in subtrees(value) if path]

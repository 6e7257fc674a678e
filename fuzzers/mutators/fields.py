"""Changes of what a message means: one to three values of its construct tree, or items of its arrays.

Half of the results are *repaired*: the changed value is built by the protocol, so that lengths and checksums are right and the change
reaches the code behind the first tests. The other half is *broken*: the same change is patched into the original bytes, everything around
it left as it was. A value that the protocol refuses to build is always patched in.
"""

from random import Random
from typing import Any

from fuzzers.model import Mutation
from fuzzers.mutators.anatomy import Anatomy, last_name
from fuzzers.mutators.change import Change, Grammar, bits_of, built_from, located, patched
from fuzzers.mutators.leaf import other_value
from fuzzers.values import at, replaced
from workbench.api import Message

__all__ = ["mutate_fields"]

REPEATS = (1, 2, 16, 300)
"""How many copies of an array's item are added: one more, a few, more than fit a small buffer, more than a byte counts."""
SPARE_KEPT, SPARE_COMPUTED = 0.5, 0.75
"""How often fields that the plugin wants kept, and fields that are computed anyway, are left alone."""
MAX_ITEMS = 4096
"""Items that a grown array may have: enough to pass every 12-bit bound, not so many that building takes all the time."""


def mutate_fields(message: Message, grammar: Grammar, random: Random, index: int) -> tuple[bytes, list[Mutation]]:
    """Bytes of a message after one to three changes of its value, and what they were; no changes where it has no values."""
    value = message.value
    anatomy = grammar.anatomy(value)
    changes: list[Change] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        made = _change(value, anatomy, message, grammar, random)
        if made is None:
            continue
        after, change = made
        if last_name(change.path) in grammar.computed:
            # building would compute it again: such a change is patched in, and alone, so that nothing else explains what follows
            return _told(message, patched(message, [change], None), [change], index, "broken")
        value = after
        changes.append(change)
        if isinstance(change.after, list):
            break  # paths through an array lead elsewhere after it was changed
    if not changes:
        return message.raw, []
    built = built_from(grammar.spec, message, value)
    broken = built is None or random.random() < 0.5
    raw = patched(message, changes, built) if broken or built is None else built
    how = "broken" if broken else "rebuilt"
    if broken and built is None and grammar.repair is not None and random.random() < 0.5:
        raw, how = grammar.repair(raw), "repaired"
    return _told(message, raw, changes, index, how)


def _told(message: Message, raw: bytes, changes: list[Change], index: int, how: str) -> tuple[bytes, list[Mutation]]:
    """Changed bytes with their description; a change that shows nowhere is none."""
    return raw, [change.told(index, how) for change in changes] if raw != message.raw else []


def _change(value: Any, anatomy: Anatomy, message: Message, grammar: Grammar, random: Random) -> tuple[Any, Change] | None:
    """One random change of a value that is built like this; None when there is nothing to change."""
    if anatomy.arrays and random.random() < 0.25:
        path = random.choice(anatomy.arrays)
        items = at(value, path)
        kind, new = _items(list(items), random)
        if kind:
            return replaced(value, path, type(items)(new)), Change(kind, path, list(items), new)
    candidates = anatomy.leaves(without_kept=random.random() < SPARE_KEPT, without_computed=random.random() < SPARE_COMPUTED)
    if not candidates:
        return None
    path = random.choice(candidates)
    old = at(value, path)
    kind, other = other_value(old, bits_of(located(message.root, path)), random, grammar.tokens)
    return replaced(value, path, other), Change(kind, path, old, other)


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

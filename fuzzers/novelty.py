"""What a target did in a case, as numbers that are equal where it did the same: features.

Two kinds share one space of numbers: what coverage says (below `TRANSITIONS`), and which reply followed which (above). A case that shows a
feature that no case before it did is worth keeping. Whole sequences of replies would be too many to tell apart; pairs are enough.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from fuzzers.hearing import Heard
from fuzzers.model import Ending

__all__ = ["START", "TRANSITIONS", "edges_in", "number_of", "state_key", "transitions"]

TRANSITIONS = 1 << 40
"""The first number of a transition; coverage maps have a few million places with eight counters each."""

BUCKETS = 8
"""How often a place was reached is told apart in eight steps, as in AFL: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more."""

MOST_VALUES, LONGEST = 8, 32
"""Values of one reply that count, and characters of each: a status has three, and whoever sends thousands of them says nothing new."""

START = "start"
"""Before the first reply."""


def transitions(talk: Iterable[Heard], ending: Ending, fields: Sequence[str] = ()) -> Iterator[int]:
    """A feature for each pair of consecutive replies, the beginning and the end of the conversation included.

    What kind of reply one is say its label and the values of these `fields` (see `Hints.replies`).
    """
    before = START
    for said in talk:
        if not said.by_client:
            reply = state_key(said, fields)
            yield number_of(before, reply)
            before = reply
    yield number_of(before, ending.value)


def edges_in(features: Iterable[int]) -> int:
    """How many different places of the coverage map these features are about."""
    return len({feature // BUCKETS for feature in features if feature < TRANSITIONS})


def state_key(said: Heard, fields: Sequence[str]) -> str:
    """What kind of reply it is, while it is sound; what is broken about one may quote its bytes, so all of these count as one kind."""
    if said.errors:
        return "broken"
    values: list[str] = []
    stack = [said.message.root] if fields else []
    while stack and len(values) < MOST_VALUES:
        node = stack.pop()
        if node.abbrev in fields:
            values.append(str(node.value)[:LONGEST])
        stack.extend(node.children[::-1])
    return " ".join(("reply", said.message.label, *values))


def number_of(before: str, after: str) -> int:
    """The feature of one text that followed another."""
    digest = blake2b(f"{before}\n{after}".encode("utf-8", "surrogatepass"), digest_size=5).digest()
    return TRANSITIONS + int.from_bytes(digest, "big")

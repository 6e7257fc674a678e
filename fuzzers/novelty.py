"""What a target did in a case, as numbers that are equal where it did the same: features.

Two kinds share one space of numbers: what coverage says (below `TRANSITIONS`), and which reply followed which (above). A case that shows a
feature that no case before it did is worth keeping. Whole sequences of replies would be too many to tell apart; pairs are enough.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from fuzzers.hearing import Heard
from fuzzers.model import Ending

__all__ = ["TRANSITIONS", "edges_in", "transitions"]

TRANSITIONS = 1 << 40
"""The first number of a transition; coverage maps have a few million places with eight counters each."""

BUCKETS = 8
"""How often a place was reached is told apart in eight steps, as in AFL: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more."""

_START = "start"


def transitions(talk: Iterable[Heard], ending: Ending) -> Iterator[int]:
    """A feature for each pair of consecutive replies, the beginning and the end of the conversation included."""
    before = _START
    for said in talk:
        if not said.by_client:
            reply = _key(said)
            yield _number(before, reply)
            before = reply
    yield _number(before, ending.value)


def edges_in(features: Iterable[int]) -> int:
    """How many different places of the coverage map these features are about."""
    return len({feature // BUCKETS for feature in features if feature < TRANSITIONS})


def _key(said: Heard) -> str:
    """What kind of reply it is: by its label while it is sound; what is broken about one may quote its bytes, so it counts as one kind."""
    return "broken" if said.errors else f"reply {said.message.label}"


def _number(before: str, after: str) -> int:
    digest = blake2b(f"{before}\n{after}".encode("utf-8", "surrogatepass"), digest_size=5).digest()
    return TRANSITIONS + int.from_bytes(digest, "big")

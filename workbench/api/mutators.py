"""Mutators that know their protocol: ways to say what real servers of it get wrong, for the fuzzer to choose from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

__all__ = ["MOST_ADDED_BYTES", "MOST_ADDED_MESSAGES", "Mutated", "Mutator"]

MOST_ADDED_BYTES = 128 * 1024
"""Bytes that one change may add to a session: more than any 16-bit length holds, and a case still takes only milliseconds."""
MOST_ADDED_MESSAGES = 64
"""Messages that one change may add. Each waits for an answer; what is to come faster than answers do goes into one message."""


@dataclass(frozen=True, slots=True)
class Mutated:
    """A session after a change: what the client says now, which message (index) the change is about, and what it is, in a few words."""

    messages: tuple[bytes, ...] = field(repr=False)
    message: int
    what: str

    @staticmethod
    def put(messages: Sequence[bytes], at: int, new: bytes, what: str) -> "Mutated":
        """With another message in the place of one."""
        return Mutated((*messages[:at], new, *messages[at + 1 :]), at, what)

    @staticmethod
    def added(messages: Sequence[bytes], at: int, new: Sequence[bytes], what: str) -> "Mutated":
        """With more messages before the one at `at`, which may be the end."""
        return Mutated((*messages[:at], *new, *messages[at:]), at, what)


@dataclass(frozen=True, slots=True)
class Mutator:
    """One way to break a server.

    `change` gets the messages of a client's session and gives the session after the change, or None where it finds nothing to change. The
    session may be a seed, but also one that was changed already: cut, joined, reordered, or no messages of this protocol any more. Equal
    sessions and equal randomness give equal results; nothing is raised; no message becomes empty; no more than `MOST_ADDED_BYTES` and
    `MOST_ADDED_MESSAGES` are added. `rule` is the place in the standard that is broken or strained.
    """

    name: str
    rule: str
    change: Callable[[Sequence[bytes], Random], Mutated | None] = field(repr=False)

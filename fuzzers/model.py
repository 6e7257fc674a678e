"""The nouns of the fuzz engine. Facts only: nothing here runs, reads or writes anything."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from workbench.api import Direction

__all__ = ["Case", "Ending", "Execution", "Failure", "Finding", "Mutation", "Verdict"]


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change that made a case out of a seed.

    `kind` names the mutator ("value.boundary"), `message` is the index of the message that it changed when it was applied, `path` the
    field or byte range, `before` and `after` are printable text.
    """

    kind: str
    message: int
    path: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        place = f"message {self.message}" + (f" {self.path}" if self.path else "")
        return f"{self.kind}: {place}: {self.before or '(nothing)'} → {self.after or '(nothing)'}"


@dataclass(frozen=True, slots=True)
class Case:
    """One client's side of a session: `messages` are sent one at a time on a fresh connection, none of them is empty.

    `number` and the campaign's seed determine everything else; `origin` names what it was made from, `parent` is the place of that in the
    pool, `arm` the family of mutators that did most of it, and `share` the share of all cases that this family had.
    """

    number: int
    origin: str
    messages: tuple[bytes, ...] = field(repr=False)
    mutations: tuple[Mutation, ...] = ()
    arm: str = ""
    share: float = 0.0
    parent: int = -1

    @property
    def size(self) -> int:
        """Bytes of all messages."""
        return sum(map(len, self.messages))


class Ending(Enum):
    """How an execution ended."""

    OPEN = "open"
    """The server waits for more."""
    CLOSED = "closed"
    """The server closed the connection."""
    CRASHED = "crashed"
    """The server died, or an exception left it."""
    HUNG = "hung"
    """The server went on computing beyond its budget, or sleeps and answers nobody."""
    GONE = "gone"
    """The server could not be connected to at all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the target itself said about its end.

    `kind` is the exception's type, the signal's name, "exit status N" or what kind of hang; `frames` are the functions it happened
    in, outermost first, as "module:function"; `text` is the traceback or the log's tail.
    """

    kind: str
    message: str = ""
    frames: tuple[str, ...] = ()
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Execution:
    """What happened when a case was played.

    `turns` is everything said on the case's connection in order; `secret` says whether the secret session was played before it,
    `cut` that the server had more to say than was taken. `cpu_ns` is the processor time the target used, where that is known (0 otherwise).
    `coverage` has a number for each place of its code that it reached and how often (see `fuzzers.novelty`), where that is known.
    """

    turns: tuple[tuple[Direction, bytes], ...] = field(repr=False)
    ending: Ending
    failure: Failure | None = None
    cpu_ns: int = 0
    secret: bool = False
    cut: bool = False
    coverage: tuple[int, ...] = field(default=(), repr=False)

    @property
    def replies(self) -> bytes:
        """Everything the server sent."""
        return b"".join(data for direction, data in self.turns if direction is Direction.TO_CLIENT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An oracle's objection to an execution.

    `oracle` is one of "crash", "hang", "hangup", "reply", "exchange", "state", "leak". Equal `fingerprint` means "the same defect".
    `evidence` are the bytes of the server that prove it (empty for crashes and hangs).
    """

    oracle: str
    summary: str
    fingerprint: str
    detail: str = field(default="", repr=False)
    evidence: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect that was found. `slug` is its folder's name; `confirmed` says that it was seen 3 times out of 3 in fresh targets."""

    slug: str
    oracle: str
    summary: str
    fingerprint: str
    case: int
    folder: Path
    messages: tuple[bytes, ...] = field(repr=False)
    original_messages: int
    original_bytes: int
    confirmed: bool = True

    @property
    def size(self) -> int:
        """Bytes of the minimised case."""
        return sum(map(len, self.messages))

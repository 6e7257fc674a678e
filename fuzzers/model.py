"""The nouns of the fuzz engine. Facts only: nothing here runs, reads or writes anything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from workbench.api import Direction

__all__ = [
    "USUAL",
    "Act",
    "Case",
    "Conduct",
    "Ending",
    "Execution",
    "Failure",
    "Finding",
    "Growth",
    "Mutation",
    "Parting",
    "Turn",
    "Verdict",
]

Turn = tuple[Direction, bytes]
"""Who said what."""


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


class Parting(Enum):
    """How the client leaves a connection."""

    CLOSE = "close"
    """When all messages of the case were said and answered: it ends its side, and takes what still comes."""
    HALF_CLOSE = "half-close"
    """It ends its side right behind its last message, and only then takes the answer."""
    RESET = "reset"
    """It breaks the connection (RST) right behind its last message, and takes no answer to that."""
    ABANDON = "abandon"
    """It takes no answer at all, from the first message on; the connection stays open until the case is over."""


@dataclass(frozen=True, slots=True)
class Act:
    """One message of a case: its index, the connection that it goes over, and how that is left behind it (None: more is to come on it)."""

    message: int
    lane: int
    parting: Parting | None


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a case is performed, beyond its messages. The default: all over one connection, which is closed at the end.

    `lanes` names the connection of each message: connections are numbered in the order of their first messages, each is made just before
    that, and `()` means one for all. `partings` says how connection 0, 1, … is left; those that it does not reach are closed.
    """

    lanes: tuple[int, ...] = ()
    partings: tuple[Parting, ...] = ()

    @staticmethod
    def of(lanes: Sequence[int], partings: Sequence[Parting] = ()) -> "Conduct":
        """From any numbers for the lanes, one for each message; equal behaviour makes equal conducts. `partings` are by these numbers."""
        order = list(dict.fromkeys(lanes))
        kept = [partings[lane] if lane < len(partings) else Parting.CLOSE for lane in order or [0]]
        while kept and kept[-1] is Parting.CLOSE:
            kept.pop()
        numbers = {lane: number for number, lane in enumerate(order)}
        return Conduct(tuple(numbers[lane] for lane in lanes) if len(order) > 1 else (), tuple(kept))

    def as_json(self) -> dict[str, Any]:
        """For stores and finding folders; nothing for the usual conduct."""
        told = {"lanes": list(self.lanes), "partings": [parting.value for parting in self.partings]}
        return {name: value for name, value in told.items() if value}

    @staticmethod
    def from_json(data: dict[str, Any], messages: int) -> "Conduct":
        """The inverse of `as_json`, for so many messages; raises `ValueError` or `TypeError` for anything else."""
        lanes = [int(lane) for lane in data.get("lanes", ())]
        if lanes and (len(lanes) != messages or min(lanes) < 0):
            raise ValueError(f"the lanes {lanes} are not those of {messages} messages")
        return Conduct.of(lanes, [Parting(parting) for parting in data.get("partings", ())])

    def lane_of(self, message: int) -> int:
        """The connection of a message."""
        return self.lanes[message] if message < len(self.lanes) else 0

    def parting_of(self, lane: int) -> Parting:
        """How a connection is left."""
        return self.partings[lane] if lane < len(self.partings) else Parting.CLOSE

    def for_messages(self, places: Sequence[int]) -> "Conduct":
        """The conduct of a case that is left with (or repeats, or reorders to) the messages that were at these places."""
        return Conduct.of([self.lane_of(place) for place in places], self.partings) if self.lanes else self

    def acts(self, messages: int) -> Iterator[Act]:
        """What is done for so many messages, in order. Whoever performs it does nothing more for a lane that the server closed."""
        lanes = (*self.lanes[:messages], *(0,) * (messages - len(self.lanes)))
        last = {lane: index for index, lane in enumerate(lanes)}
        for index, lane in enumerate(lanes):
            yield Act(index, lane, self.parting_of(lane) if last[lane] == index else None)


USUAL = Conduct()
"""All over one connection, which is closed at the end."""


@dataclass(frozen=True, slots=True)
class Case:
    """One client's side of a session: `messages` are sent one at a time on fresh connections, as `conduct` says; none of them is empty.

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
    conduct: Conduct = USUAL

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
class Growth:
    """What a target does not give back: `each` bytes of "memory" or so many "descriptors" for one case, measured when the same case was
    played again and again. `where` says which line of code took it, where that is known; `text` is the whole measurement.
    """

    kind: str
    each: float
    where: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Execution:
    """What happened when a case was played.

    `turns` is everything said on the case's connections in order; `lanes` says which connection each turn was on, `()` means one for all.
    `secret` says whether the secret session was played before it, `cut` that the server had more to say than was taken. `cpu_ns` is the
    processor time the target used, where that is known (0 otherwise). `coverage` has a number for each place of its code that it reached
    and how often (see `fuzzers.novelty`), where that is known. Where several servers are compared, this is what happened on the first of
    them, `others` on the rest. `growth` is what the target keeps of every such case, where that was looked for and found.
    """

    turns: tuple[Turn, ...] = field(repr=False)
    ending: Ending
    failure: Failure | None = None
    cpu_ns: int = 0
    secret: bool = False
    cut: bool = False
    coverage: tuple[int, ...] = field(default=(), repr=False)
    lanes: tuple[int, ...] = field(default=(), repr=False)
    others: "tuple[Execution, ...]" = field(default=(), repr=False)
    growth: Growth | None = None

    @property
    def conversations(self) -> tuple[tuple[Turn, ...], ...]:
        """What was said on each connection, in the order of their first turns."""
        if not self.lanes:
            return (self.turns,)
        said: dict[int, list[Turn]] = {}
        for lane, turn in zip(self.lanes, self.turns, strict=True):
            said.setdefault(lane, []).append(turn)
        return tuple(map(tuple, said.values()))

    @property
    def replies(self) -> bytes:
        """Everything the server sent."""
        return b"".join(data for direction, data in self.turns if direction is Direction.TO_CLIENT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An oracle's objection to an execution.

    `oracle` is one of "crash", "hang", "hangup", "stall", "reply", "exchange", "state", "leak", "memory", "descriptors", "monitor",
    "differential". Equal `fingerprint` means "the same defect". `evidence` are the bytes of the server that prove it (empty for crashes and
    hangs).
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

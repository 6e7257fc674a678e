"""What a campaign wants from any target: play ranges of cases in order, play one case, start afresh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fuzzers.events import Means
from fuzzers.model import USUAL, Conduct, Execution, Verdict
from fuzzers.states import Steps

__all__ = ["Executor", "Judged", "Novel", "Span", "Suspect"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One execution, what the oracles say about it, and what the target did in it (see `fuzzers.novelty`)."""

    execution: Execution
    verdict: Verdict | None
    features: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """A case of a range that an oracle objected to.

    `before` are the cases that the same server had met since it was started, in its order, oldest first: what it remembers when a case
    alone does not show anything. Empty where each case meets a fresh server, and where that is not known.
    """

    case: int
    verdict: Verdict
    before: tuple[range, ...] = ()


@dataclass(frozen=True, slots=True)
class Novel:
    """A case of a range to which nobody objects, and which showed features that were perhaps not seen before; `words` of the replies."""

    case: int
    features: tuple[int, ...]
    words: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Cases `[start, stop)` were played; `suspects` and `novel` are in case order, `steps` says how they were answered."""

    start: int
    stop: int
    suspects: tuple[Suspect, ...] = ()
    novel: tuple[Novel, ...] = ()
    steps: Steps = ()


class Executor(Protocol):
    """A target with its oracles."""

    restarts: int
    """How often the target had to be started again because a case ended it."""

    @property
    def means(self) -> Means:
        """By what cases are played, as it is now."""
        ...

    def prepare(self) -> None:
        """Find out what `means` are best, once, unless that is known; starts the target where it has to be tried.

        Raises `TargetError` where it cannot be. Without it, a sweep does so first.
        """
        ...

    def sweep(self, first: int, last: int | None) -> Iterator[Span]:
        """Play cases `first` to `last` (exclusive; None = on and on) in order. Spans follow each other without holes.

        Who asks for the next span has offered what the last one showed to the pool, from which later cases are made.
        """
        ...

    def play(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False) -> Judged:
        """Play one case in this way. `patient` waits longer before it calls something a hang."""
        ...

    def renew(self) -> None:
        """The next execution meets a freshly started target."""
        ...

    def close(self) -> None:
        """Stop and clean up everything that was started. Safe to call twice."""
        ...

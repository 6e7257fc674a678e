"""What a way to run a server offers to the player that judges what became of it."""

from collections.abc import Sequence
from typing import Protocol

from fuzzers.model import USUAL, Conduct, Execution
from workbench.api import Endpoint

__all__ = ["Way"]


class Way(Protocol):
    """One server, run in this way."""

    name: str
    """Of the executor."""
    keeps: bool
    """Whether a case may feel what earlier ones did."""
    ours: bool
    """Whether we started it, see its processes and can start it again."""
    secrets: int
    """A secret session is played before every so manieth case of a sweep (0: never, where no case could ever meet it)."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens now."""
        ...

    @property
    def group(self) -> int:
        """Its process group; 0 while there is none, or none of ours."""
        ...

    def start(self) -> None:
        """Have a fresh server, at rest. Raises `TargetError` where there is none."""
        ...

    def begin(self) -> None:
        """A case of a server that runs already begins; raises `TargetError` as `start` does."""
        ...

    def say(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, apart: bool = True) -> Execution:
        """Play messages, and wait until the server rests. What is said `apart` goes over connections of its own."""
        ...

    def fate(self, execution: Execution) -> Execution:
        """What became of the server in this execution, as far as one can tell without asking it: died, complained, is gone."""
        ...

    def answers(self, probe: Sequence[bytes]) -> bool:
        """Whether it still answers what it has answered before, after a case that it did not answer."""
        ...

    def survives(self, execution: Execution) -> bool:
        """Whether the next case may be played on this server, when this one ended badly."""
        ...

    def stop(self) -> None:
        """End the server; of one that is not ours only let go."""
        ...

    def close(self) -> None:
        """The same, and give everything back. Safe to call twice."""
        ...

"""What happens between a client and its target: the contract of a tap's courses, and the simplest of them.

A course is sans-IO: it hears what happened on the connection, and says through `Wires` what is to happen. One course may hand over to
another (`Wires.become`): a proxy's opening to what passes after it, a look at the first bytes to what they turn out to be.
"""

from collections.abc import Callable
from typing import Protocol

from captures.tap.facts import Asked, Failure
from workbench.api import Direction, Endpoint

__all__ = ["Course", "Direct", "Inside", "Plain", "Silent", "Wires", "plain"]


class Wires(Protocol):
    """One client's connection, as its course may use it. Data and ends go out in the order of the calls."""

    def dial(self, asked: Asked) -> None:
        """Connect to a target, in place of the one before; answered by `connected` or `refused`. Nothing is read from the client until
        then."""
        ...

    def associate(self) -> Endpoint | None:
        """Take datagrams of the client at this address from now on (`Association`); None when that cannot be."""
        ...

    def send(self, direction: Direction, data: bytes) -> None:
        """Bytes for the side at the end of this direction."""
        ...

    def finish(self, direction: Direction) -> None:
        """No more bytes in this direction."""
        ...

    def abort(self, direction: Direction) -> None:
        """A reset for the side at the end of this direction; everything is over."""
        ...

    def pause(self, direction: Direction, *, paused: bool = True) -> None:
        """Read nothing in this direction, or go on reading."""
        ...

    def within(self, time_ns: int | None) -> None:
        """Call `expired` after so long; None: no more."""
        ...

    def become(self, course: "Course") -> None:
        """From now on this course hears what happens."""
        ...

    def record(self, direction: Direction, data: bytes) -> None:
        """Write down that bytes passed."""
        ...

    def record_end(self, direction: Direction) -> None:
        """Write down that a direction ended."""
        ...

    def record_reset(self, direction: Direction) -> None:
        """Write down that the side sending in this direction gave up."""
        ...

    def record_secrets(self, key_log: bytes) -> None:
        """Write down secrets that open what is recorded from now on."""
        ...

    def explain(self, target: str, reason: str) -> None:
        """Tell a person what went wrong."""
        ...

    def count_opened(self) -> None:
        """TLS was opened on this connection."""
        ...


class Course(Protocol):
    """What hears of a connection. Resets by either side are passed on without asking."""

    def began(self) -> None:
        """Its turn begins."""
        ...

    def received(self, direction: Direction, data: bytes) -> None:
        """One side sent bytes."""
        ...

    def ended(self, direction: Direction) -> None:
        """One side sends no more."""
        ...

    def connected(self) -> None:
        """The target that was dialled answers."""
        ...

    def refused(self, failure: Failure) -> None:
        """It does not."""
        ...

    def expired(self) -> None:
        """The time of `Wires.within` is over."""
        ...


Inside = Callable[[Wires, Asked], Course]
"""Makes the course of what passes once a target is connected."""


class Silent:
    """What most courses do not expect to hear."""

    def began(self) -> None:
        """See `Course`."""

    def connected(self) -> None:
        """See `Course`."""

    def refused(self, failure: Failure) -> None:
        """See `Course`."""

    def expired(self) -> None:
        """See `Course`."""


class Plain(Silent):
    """Everything passes as it is."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`."""
        self._wires.record(direction, data)
        self._wires.send(direction, data)

    def ended(self, direction: Direction) -> None:
        """See `Course`."""
        self._wires.record_end(direction)
        self._wires.finish(direction)


def plain(wires: Wires, asked: Asked) -> Course:  # noqa: ARG001 - an `Inside`
    """The `Inside` that looks at nothing."""
    return Plain(wires)


class Direct(Silent):
    """A client whose target is known from the beginning."""

    def __init__(self, wires: Wires, asked: Asked, inside: Inside = plain) -> None:
        self._wires = wires
        self._asked = asked
        self._inside = inside

    def began(self) -> None:
        """See `Course`."""
        self._wires.dial(self._asked)

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`; nothing is read before the target answers."""

    def ended(self, direction: Direction) -> None:
        """See `Course`."""

    def connected(self) -> None:
        """See `Course`."""
        course = self._inside(self._wires, self._asked)
        self._wires.become(course)
        course.began()

    def refused(self, failure: Failure) -> None:
        """The client sees what it would see without us: a reset."""
        self._wires.explain(str(self._asked), failure.text)
        self._wires.abort(Direction.TO_CLIENT)

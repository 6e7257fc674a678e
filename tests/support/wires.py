"""The wires of a tap's connection without sockets: a course does something, and the test reads what."""

from collections.abc import Callable
from typing import Any

from captures.tap import Asked, Course, Silent
from workbench.api import Direction, Endpoint


class Wires:
    """Keeps what its courses do. `start` makes the first course, which begins at once."""

    def __init__(self, start: Callable[["Wires"], Course]) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self.recorded: list[tuple[Any, ...]] = []
        """("secrets", text), (direction, bytes), ("end", direction), ("reset", direction) in order."""
        self.paused: set[Direction] = set()
        self.deadline: int | None = None
        self.explained: list[tuple[str, str]] = []
        self.inner: list[tuple[Any, ...]] = []
        self.opened = 0
        self.associated: Endpoint | None = Endpoint("127.0.0.1", 4000)
        """Where it says that it takes datagrams; None: it cannot."""
        self.course = start(self)
        self.course.began()

    def says(self, data: bytes) -> None:
        """The client says something."""
        self.course.received(Direction.TO_SERVER, data)

    def hears(self, data: bytes) -> None:
        """The target says something."""
        self.course.received(Direction.TO_CLIENT, data)

    def taken(self) -> list[tuple[Any, ...]]:
        """All steps so far that are not about passing bytes on."""
        return [step for step in self.steps if step[0] not in ("record", "pass")]

    def sent(self, direction: Direction) -> bytes:
        """All bytes that were sent in this direction."""
        return b"".join(step[2] for step in self.steps if step[0] in ("send", "pass") and step[1] is direction)

    def passed(self, direction: Direction) -> bytes:
        """Bytes that were sent in this direction; fails when others were written down."""
        written = b"".join(data for kind, data in self.recorded if kind is direction)
        assert written == self.sent(direction)
        return written

    def inside(self, wires: "Wires", asked: Asked) -> Course:
        """What follows a proxy's opening: it only notes what it hears."""
        return _Noting(wires, asked)

    # see `captures.tap.Wires`

    def dial(self, asked: Asked) -> None:
        self.steps.append(("dial", asked))

    def associate(self) -> Endpoint | None:
        self.steps.append(("associate",))
        return self.associated

    def send(self, direction: Direction, data: bytes) -> None:
        if data:
            seen = (direction, data) in self.recorded[-1:]
            self.steps.append(("pass" if seen else "send", direction, data))

    def finish(self, direction: Direction) -> None:
        self.steps.append(("finish", direction))

    def abort(self, direction: Direction) -> None:
        self.steps.append(("abort", direction))

    def pause(self, direction: Direction, *, paused: bool = True) -> None:
        (self.paused.add if paused else self.paused.discard)(direction)

    def within(self, time_ns: int | None) -> None:
        self.deadline = time_ns

    def become(self, course: Course) -> None:
        self.course = course

    def record(self, direction: Direction, data: bytes) -> None:
        if data:
            self.recorded.append((direction, data))

    def record_end(self, direction: Direction) -> None:
        self.recorded.append(("end", direction))
        self.steps.append(("record_end", direction))

    def record_reset(self, direction: Direction) -> None:
        self.recorded.append(("reset", direction))
        self.steps.append(("record_reset", direction))

    def record_secrets(self, key_log: bytes) -> None:
        self.recorded.append(("secrets", key_log))

    def explain(self, target: str, reason: str) -> None:
        self.explained.append((target, reason))

    def count_opened(self) -> None:
        self.opened += 1


class _Noting(Silent):
    def __init__(self, wires: Wires, asked: Asked) -> None:
        self._wires = wires
        self._asked = asked

    def began(self) -> None:
        self._wires.inner.append(("began", self._asked))

    def received(self, direction: Direction, data: bytes) -> None:
        self._wires.inner.append(("received", direction, data))

    def ended(self, direction: Direction) -> None:
        self._wires.inner.append(("ended", direction))

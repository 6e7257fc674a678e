"""A conversation as a sequence of steps between client and server: what a sequence diagram draws, without saying how."""

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.api import UNDECODED, Direction, FlowKey, Message

__all__ = ["MOST_STEPS", "Sequence", "Step", "sequence_of"]

MOST_STEPS = 500
"""Steps of one diagram: about what a person scrolls through; a diagram of more is a list, and `dissect` has that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message, or `count` messages of bytes nobody understood in a row. `after_ns` counts from the first step; `layer` says what it
    travelled in, outermost first; `faulty` that it has errors. Texts come from the wire."""

    direction: Direction
    packet: int
    after_ns: int
    layer: tuple[str, ...]
    protocol: str
    text: str
    bytes: int
    faulty: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """`more` steps were left out at the end."""

    title: str
    flow: FlowKey
    steps: tuple[Step, ...]
    more: int = 0


def sequence_of(title: str, flow: FlowKey, messages: Iterable[Message], most: int = MOST_STEPS) -> Sequence:
    """The first `most` steps of a conversation."""
    steps: list[Step] = []
    more, first_ns = 0, None
    for message in messages:
        if first_ns is None:
            first_ns = message.time_ns
        if steps and not more and _goes_on(steps[-1], message):
            last = steps[-1]
            steps[-1] = _step(message, first_ns, last)
        elif len(steps) < most:
            steps.append(_step(message, first_ns))
        else:
            more += 1
    return Sequence(title, flow, tuple(steps), more)


def _goes_on(last: Step, message: Message) -> bool:
    """Undecoded bytes come in as many messages as packets; one arrow says it all."""
    same = (last.protocol, last.direction, last.layer) == (message.protocol, message.direction, message.layer)
    return same and message.protocol == UNDECODED and not message.errors


def _step(message: Message, first_ns: int, before: Step | None = None) -> Step:
    size = message.end - message.start + (before.bytes if before else 0)
    return Step(
        direction=message.direction,
        packet=before.packet if before else message.packet,
        after_ns=before.after_ns if before else message.time_ns - first_ns,
        layer=message.layer,
        protocol=message.protocol,
        text=f"{size:,} bytes" if message.protocol == UNDECODED else message.summary or message.label,
        bytes=size,
        faulty=bool(message.errors),
        count=before.count + 1 if before else 1,
    )

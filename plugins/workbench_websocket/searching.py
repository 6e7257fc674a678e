"""Where do frames begin in the middle of a stream? For captures that start late or lost packets (RFC 6455 has no marks to go by).

A place is taken where several plausible headers follow each other, each where the payload of the one before ends.
"""

from enum import Enum

from workbench.api import Direction
from workbench_websocket.frames import LONGEST_CONTROL, MAX_HEAD, Head, minimal, read_head
from workbench_websocket.limits import CHAIN, PLAUSIBLE
from workbench_websocket.opcodes import CONTINUATION, NAMES

__all__ = ["Belief", "believe", "find_frame", "plausible"]


class Belief(Enum):
    """Whether frames begin at a place."""

    NO = 0
    YES = 1
    UNKNOWN = 2


def plausible(head: Head, direction: Direction) -> bool:
    """Whether this looks like a header that a sane peer would send in this direction."""
    if head.opcode not in NAMES or head.masked is not (direction is Direction.TO_SERVER):
        return False
    compressed = head.rsv == 4 and not head.control and head.opcode != CONTINUATION
    if (head.rsv and not compressed) or not minimal(head) or head.length > PLAUSIBLE:
        return False
    return not head.control or (head.fin and head.length <= LONGEST_CONTROL)


def believe(data: bytes | bytearray, at: int, direction: Direction, *, ended: bool) -> Belief:
    """Whether a chain of frames begins at `at`. A shorter chain is enough where it ends exactly with a stream that has `ended`."""
    for number in range(CHAIN):
        if at == len(data) and number:
            return Belief.YES if ended else Belief.UNKNOWN
        head = read_head(data, at)
        if head is None:
            return _begins_plausibly(data, at, direction, ended)
        if not plausible(head, direction):
            return Belief.NO
        at += head.size + head.length
        if at > len(data) and number < CHAIN - 1:
            return Belief.NO if ended else Belief.UNKNOWN
    return Belief.YES


def _begins_plausibly(data: bytes | bytearray, at: int, direction: Direction, ended: bool) -> Belief:
    """A header that is not there whole: what is there may rule it out."""
    if ended:
        return Belief.NO
    head = read_head(bytes(data[at:]) + bytes(MAX_HEAD))
    if len(data) - at < 2 or head is None:
        first = Head(data[at], 0x80 if direction is Direction.TO_SERVER else 0, 2, 0, b"") if at < len(data) else None
        return Belief.UNKNOWN if first is None or plausible(first, direction) else Belief.NO
    shape = head._replace(second=head.second & 0x80, length=0)
    return Belief.UNKNOWN if plausible(shape, direction) else Belief.NO


def find_frame(data: bytes | bytearray, start: int, direction: Direction, *, ended: bool) -> tuple[int, Belief]:
    """The first place from `start` on where frames begin (YES) or may begin (UNKNOWN: more bytes are needed); the size of `data` and NO
    where there is none."""
    for at in range(start, len(data)):
        belief = believe(data, at, direction, ended=ended)
        if belief is not Belief.NO:
            return at, belief
    return len(data), Belief.NO

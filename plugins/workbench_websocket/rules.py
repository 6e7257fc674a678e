"""What a frame may not do (RFC 6455 5, RFC 7692 6), as notes. What its payload may not hold is said where the payload is read."""

from collections.abc import Iterator

from workbench.api import Direction, Note, Severity
from workbench_websocket.frames import LONGEST_CONTROL, Head, minimal
from workbench_websocket.opcodes import CONTINUATION, NAMES

__all__ = ["frame_notes"]

_RSV1 = 4
_SIGN = 1 << 63


def _error(text: str, start: int, end: int, section: str) -> Note:
    return Note(Severity.ERROR, text, start, end, section)


def frame_notes(
    head: Head, direction: Direction, *, compression: bool, fragmented: bool, closed: bool, foreign: bool = False
) -> Iterator[Note]:
    """Notes on a frame's header.

    `compression` says that RSV1 may mark a compressed message, `fragmented` that a message of this direction is unfinished, `closed`
    that this direction has sent its Close, `foreign` that an unknown extension may use any reserved bit.
    """
    if closed:
        yield _error("nothing may follow a Close frame", 0, head.size, "RFC 6455 5.5.1")
    yield from _reserved(head, compression, foreign)
    if head.masked is not (direction is Direction.TO_SERVER):
        text = "a client must mask its frames" if direction is Direction.TO_SERVER else "a server must not mask its frames"
        yield _error(text, 1, 2, "RFC 6455 5.1")
    elif head.key == b"\0\0\0\0":
        yield Note(Severity.NOTE, "the masking key is zero: nothing is masked", head.size - 4, head.size, "RFC 6455 5.3")
    if head.length & _SIGN:
        yield _error("the highest bit of a 64-bit length must be 0", 2, 10, "RFC 6455 5.2")
    if not minimal(head):
        yield _error(
            f"a length of {head.length} is not written in the fewest bytes", 1, head.size - len(head.key), "RFC 6455 5.2"
        )
    if head.control:
        if not head.fin:
            yield _error("a control frame must not be fragmented", 0, 1, "RFC 6455 5.5")
        if head.length > LONGEST_CONTROL:
            yield _error(f"a control frame has {head.length} bytes of payload, more than 125", 1, head.size, "RFC 6455 5.5")
    elif head.opcode == CONTINUATION and not fragmented:
        yield _error("there is no message to continue", 0, 1, "RFC 6455 5.4")
    elif head.opcode != CONTINUATION and fragmented:
        yield _error("a new message begins before the fragments of the last one are complete", 0, 1, "RFC 6455 5.4")


def _reserved(head: Head, compression: bool, foreign: bool) -> Iterator[Note]:
    if head.opcode not in NAMES:
        yield _error(f"the opcode {head.opcode} is reserved", 0, 1, "RFC 6455 5.2")
    unknown = head.rsv & ~_RSV1 if compression else head.rsv
    if unknown and not foreign:
        yield _error(f"reserved bits are set ({unknown:03b}) that no extension defines", 0, 1, "RFC 6455 5.2")
    if compression and head.rsv & _RSV1:
        if head.control:
            yield _error("a control frame must not be compressed", 0, 1, "RFC 7692 6")
        elif head.opcode == CONTINUATION:
            yield _error("only the first fragment of a message may be marked as compressed", 0, 1, "RFC 7692 6")

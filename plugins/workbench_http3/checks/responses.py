"""Cases about QPACK as the target encodes it: what it may use of our table (RFC 9204 2.1, 3.2, 5)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer, StreamData
from workbench_http3.checks.literals import cancel
from workbench_http3.checks.talk import DECODER, Talk, greet
from workbench_http3.checks.verdicts import case, expect_answer
from workbench_http3.names import Setting, StreamType

__all__ = ["CHECKS"]

ROUNDS = 6
"""Requests one after another: an encoder that uses a table has seen every field of its responses several times by then."""


def _answers(
    *pairs: tuple[int, int], acknowledge: bool = True, check: Callable[[Talk], None] = lambda _: None
) -> Callable[[Peer], None]:
    """With these settings of ours all responses can be read, and `check` has nothing to object. What was read is acknowledged or not."""

    def run(peer: Peer) -> None:
        talk = greet(peer, pairs)
        for stream in range(0, 4 * ROUNDS, 4):
            talk.send(talk.request(stream))
            expect_answer(talk, stream)
            if acknowledge and (said := talk.acknowledgments()):
                talk.send(StreamData(DECODER, said))
        check(talk)

    return run


def _no_instructions(talk: Talk) -> None:
    encoders = [number for number, kind in talk.opened.items() if kind == StreamType.ENCODER]
    said = b"".join(frame.data for frame in talk.frames if isinstance(frame, StreamData) and frame.stream in encoders)
    if len(said) > 1 and said[1:] != b"\x20":  # setting the capacity to 0 changes nothing
        raise CheckFailed(f"expected no instructions for a table of 0 bytes, got {said[1:].hex()}")


def _no_references(talk: Talk) -> None:
    if any(section[:1] != b"\0" for answer in talk.answers.values() for section in answer.sections):
        raise CheckFailed("expected no reference to entries that were not acknowledged, got one")


def _cancelled(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(StreamData(DECODER, cancel(0) + cancel(400)), talk.request(4))
    expect_answer(talk, 4)


CHECKS = (
    case("encoder-no-table", "9204 3.2.3", "Nothing is inserted into a table of 0 bytes, nor referred to.",
         _answers(check=_no_instructions)),
    case("encoder-with-table", "9204 2.1", "With a table, instructions and references are right.",
         _answers((Setting.QPACK_MAX_TABLE_CAPACITY, 4_096), (Setting.QPACK_BLOCKED_STREAMS, 16))),
    case("encoder-small-table", "9204 2.1.1", "A table that is too small for most fields is not overfilled.",
         _answers((Setting.QPACK_MAX_TABLE_CAPACITY, 64), (Setting.QPACK_BLOCKED_STREAMS, 16))),
    case("encoder-no-blocking", "9204 2.1.2", "Where no stream may wait, responses refer to nothing that is not acknowledged.",
         _answers((Setting.QPACK_MAX_TABLE_CAPACITY, 4_096), (Setting.QPACK_BLOCKED_STREAMS, 0), acknowledge=False,
                  check=_no_references)),
    case("stream-cancellation", "9204 4.4.2", "Cancellations of streams without references are no error.", _cancelled),
)  # fmt: skip

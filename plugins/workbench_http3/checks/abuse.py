"""Cases about clients that cost more than they give (RFC 9114 10.5). The RFC leaves the limits to servers, so these are SHOULDs: the target
sets bounds, and says so with H3_EXCESSIVE_LOAD or by closing."""

from collections.abc import Callable

from workbench.api import CarriedFrame, CheckFailed, Peer, StopSending, StreamData, StreamReset, varint
from workbench_http3.checks.literals import capacity, dynamic, insert, prefix, section
from workbench_http3.checks.talk import CONTROL, ENCODER, Talk, data, greet, headers
from workbench_http3.checks.verdicts import case, expect_alive, expect_answer, should
from workbench_http3.names import Setting, Type
from workbench_http3.server_frames import ErrorCode, build, reserved

__all__ = ["CHECKS"]

ROUNDS = 4_000
"""Frames of a flood: far more than any client has reason to send at once."""

AT_ONCE = 80
"""Frames between two looks at what came back: fewer than the streams that a client may open at once."""


def _flood(*make: Callable[[Talk, int], CarriedFrame], first: bool = False) -> Callable[[Peer], None]:
    """What these make of a number, again and again, until the target has had enough; behind the head of an upload if `first`."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        if first:
            talk.send(talk.request(0, b"POST", end=False))
        for start in range(0, ROUNDS, AT_ONCE):
            talk.send(*(one(talk, number) for number in range(start, start + AT_ONCE) for one in make))
            if talk.until(lambda: talk.closed is not None, 0.0) or peer.ended:
                return
        talk.until(lambda: talk.closed is not None)
        if talk.closed is None and not peer.ended:
            raise CheckFailed(f"expected an end within {ROUNDS} frames, got {talk.heard()}")

    return run


def _refused(*parts: Callable[[Talk], CarriedFrame]) -> Callable[[Peer], None]:
    """What was said on stream 0 must not be served, however it is refused."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(*(part(talk) for part in parts))
        talk.until_over(0)
        answer = talk.answer(0)
        if talk.closed is None and answer.reset is None and not 400 <= answer.status < 500:
            raise CheckFailed(f"expected a refusal, got status {answer.status}; {talk.heard()}")

    return run


def _many_requests(peer: Peer) -> None:
    talk = greet(peer)
    for start in range(0, 4 * 300, 200):
        numbers = range(start, start + 200, 4)
        talk.send(*(talk.request(number) for number in numbers))
        talk.until_over(*numbers)
        lost = [number for number in numbers if not talk.answer(number).ended]
        if lost:
            raise CheckFailed(f"expected responses to 50 requests at once, {len(lost)} did not come; {talk.heard()}")


def _table(_: Talk) -> StreamData:
    return StreamData(ENCODER, capacity(4_096) + insert(b"x-bomb", b"b" * 4_000))


def _bomb(talk: Talk) -> StreamData:
    """A request of 4 kB that refers four thousand times to an entry of 4 kB, in the table where there is one."""
    most = talk.settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0)
    if most < 4_096:
        return _large_list(talk)
    required = 1 % (2 * (most // 32)) + 1
    return StreamData(0, build(Type.HEADERS, prefix(required) + section(talk.fields())[2:] + dynamic(0) * 4_000), True)


def _large_list(talk: Talk) -> StreamData:
    """A request with 240 kB of fields."""
    return StreamData(0, headers([*talk.fields(), *((b"x-large-%d" % number, b"v" * 4_000) for number in range(60))]), True)


def _bounded(peer: Peer) -> None:
    talk = greet(peer)
    announced = talk.settings.get(Setting.MAX_FIELD_SECTION_SIZE)
    if announced is None or announced > 1 << 18:
        announced = 4_096
    value = b"v" * max(0, announced // 2 - 400)
    talk.send(talk.request(0, extra=[(b"x-half", value)]))
    expect_answer(talk, 0)
    expect_alive(talk)


def _request(talk: Talk, number: int) -> StreamData:
    return talk.request(4 * number)


def _upload(talk: Talk, number: int) -> StreamData:
    return talk.request(4 * number, b"POST", end=False)


def _reset(_: Talk, number: int) -> StreamReset:
    return StreamReset(4 * number, ErrorCode.H3_REQUEST_CANCELLED)


def _stop(_: Talk, number: int) -> StopSending:
    return StopSending(4 * number, ErrorCode.H3_REQUEST_CANCELLED)


def _malformed(talk: Talk, number: int) -> StreamData:
    return talk.request(4 * number, extra=[(b"X-Upper", b"1")])


def _grease(_: Talk, number: int) -> StreamData:
    return StreamData(CONTROL, build(reserved(number)))


def _empty(_talk: Talk, _number: int) -> StreamData:
    return StreamData(0, data())


def _grease_in_request(_: Talk, number: int) -> StreamData:
    return StreamData(0, build(reserved(number)))


def _max_push_id(_: Talk, number: int) -> StreamData:
    return StreamData(CONTROL, build(Type.MAX_PUSH_ID, varint(number)))


CHECKS = (
    case("calm-client-is-served", "9114 6.1", "Three hundred requests on one connection, fifty at a time, are all answered.",
         _many_requests),
    case("fields-within-limit", "9114 4.2.2", "Fields of half the size that the server announces are read.", _bounded),
    should("flood-resets", "9114 10.5", "Requests that are reset at once, over and over, are not served without end.",
           _flood(_upload, _reset)),
    should("flood-stop-sending", "9114 10.5", "Requests whose responses are refused at once are not served without end.",
           _flood(_request, _stop)),
    should("flood-bad-requests", "9114 10.5", "Malformed requests are not taken without end.", _flood(_malformed)),
    should("flood-empty-data", "9114 10.5", "DATA without content is not taken without end.", _flood(_empty, first=True)),
    should("flood-unknown-frames", "9114 10.5", "Unknown frames are not taken without end.", _flood(_grease)),
    should("flood-unknown-in-request", "9114 10.5", "Unknown frames inside a request are not taken without end.",
           _flood(_grease_in_request, first=True)),
    should("flood-max-push-id", "9114 10.5", "MAX_PUSH_ID is not taken without end.", _flood(_max_push_id)),
    should("qpack-bomb", "9204 7.3", "A section that unpacks to sixteen megabytes is not served.", _refused(_table, _bomb)),
    should("large-field-section", "9114 10.5.1", "Field sections far beyond what servers take are refused.", _refused(_large_list)),
)  # fmt: skip

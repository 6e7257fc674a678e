"""Cases about the life of requests: one beside another, cancelled, in odd order, too early and too late (RFC 9114 4.1, 6.1)."""

from workbench.api import CheckFailed, CheckSkipped, Peer, StopSending, StreamData, StreamReset
from workbench_http3.checks.talk import Talk, data, fields_of, greet
from workbench_http3.checks.verdicts import case, expect_alive, expect_answer, should
from workbench_http3.server_frames import ErrorCode

__all__ = ["CHECKS"]

AT_ONCE = 50
"""Requests side by side: half of what every server must allow."""

_CANCEL = ErrorCode.H3_REQUEST_CANCELLED


def _page(peer: Peer, *extra: tuple[bytes, bytes], method: bytes = b"GET") -> Talk:
    talk = greet(peer)
    talk.send(talk.request(0, method, extra))
    expect_answer(talk, 0)
    return talk


def _side_by_side(peer: Peer) -> None:
    talk = greet(peer)
    numbers = range(0, 4 * AT_ONCE, 4)
    talk.send(*(talk.request(number) for number in numbers))
    talk.until_over(*numbers)
    lost = [number for number in numbers if not talk.answer(number).ended]
    if lost:
        raise CheckFailed(f"expected {AT_ONCE} responses, {len(lost)} did not come; {talk.heard()}")


def _interleaved(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(*(talk.request(number, b"POST", end=False) for number in (0, 4, 8)))
    talk.send(*(StreamData(number, data(b"te")) for number in (8, 0, 4)))
    talk.send(*(StreamData(number, data(b"st"), True) for number in (4, 8, 0)))
    for number in (0, 4, 8):
        expect_answer(talk, number, below=500)


def _out_of_order(peer: Peer) -> None:
    talk = greet(peer)
    numbers = (0, 4, 40, 200)
    said = {number: talk.request(number).data for number in numbers}
    talk.send(*(StreamData(number, said[number][:9]) for number in numbers))
    for number in (40, 0, 200, 4):
        talk.send(StreamData(number, said[number][9:], True))
        expect_answer(talk, number)


def _reset(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"POST", end=False))
    talk.send(StreamReset(0, _CANCEL))
    talk.send(talk.request(4))
    expect_answer(talk, 4)


def _stopped(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0))
    talk.send(StopSending(0, _CANCEL))
    talk.send(talk.request(4))
    expect_answer(talk, 4)
    if not talk.until_over(0):
        raise CheckFailed(f"expected the stream to be reset, or its end, got {talk.heard()}")


def _stopped_upload(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"POST", end=False))
    talk.send(StopSending(0, _CANCEL))
    talk.until_over(0)
    if talk.answer(0).reset is None and not talk.answer(0).ended:
        raise CheckFailed(f"expected the response to be given up, got {talk.heard()}")
    expect_alive(talk)


def _unknown_code(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"POST", end=False))
    talk.send(StreamReset(0, 0x1F * 1000 + 0x21), StopSending(0, 0x3FFF_FFFF))
    expect_alive(talk)


def _head(peer: Peer) -> None:
    talk = _page(peer, method=b"HEAD")
    if talk.answer(0).body:
        raise CheckFailed(f"expected no content in response to HEAD, got {len(talk.answer(0).body)} bytes")


def _head_like_get(peer: Peer) -> None:
    talk = _page(peer)
    talk.send(talk.request(4, b"HEAD"))
    expect_answer(talk, 4)
    lengths = {fields_of(talk.answer(number)).get(b"content-length") for number in (0, 4)} - {None}
    if len(lengths) > 1:
        raise CheckFailed(f"expected the content-length of GET in response to HEAD, or none, got {sorted(map(str, lengths))}")


def _response_fields(peer: Peer) -> None:
    talk = _page(peer)
    for head in talk.answer(0).heads[:1]:
        names = [name for name, _ in head]
        if names.count(b":status") != 1 or names[0] != b":status":
            raise CheckFailed(f"expected one :status before all other fields, got {names}")
        wrong = [
            name for name in names if name != name.lower() or name in _CONNECTION or (name[:1] == b":" and name != b":status")
        ]
        if wrong:
            raise CheckFailed(f"expected lower-case fields that HTTP/3 allows, got {wrong}")


def _declared(peer: Peer) -> None:
    talk = _page(peer)
    declared = fields_of(talk.answer(0)).get(b"content-length")
    if declared is not None and int(declared) != len(talk.answer(0).body):
        raise CheckFailed(f"expected {int(declared)} bytes as content-length says, got {len(talk.answer(0).body)}")


def _expectation(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"POST", [(b"expect", b"100-continue"), (b"content-length", b"4")], end=False))
    if not talk.until(lambda: bool(talk.answer(0).heads)):
        raise CheckFailed(f"expected 100 or a final status before the content, got {talk.heard()}")
    talk.send(StreamData(0, data(b"test"), True))
    expect_answer(talk, 0, below=500)


def _not_modified(peer: Peer) -> None:
    talk = _page(peer)
    tag = fields_of(talk.answer(0)).get(b"etag")
    if tag is None:
        raise CheckSkipped("the page has no entity tag")
    talk.send(talk.request(4, extra=[(b"if-none-match", tag)]))
    expect_answer(talk, 4)
    if talk.answer(4).status != 304 or talk.answer(4).body:
        raise CheckFailed(f"expected 304 without content, got {talk.answer(4).status} with {len(talk.answer(4).body)} bytes")


def _part(peer: Peer) -> None:
    talk = _page(peer)
    whole = bytes(talk.answer(0).body)
    talk.send(talk.request(4, extra=[(b"range", b"bytes=5-9")]))
    expect_answer(talk, 4)
    answer = talk.answer(4)
    if answer.status == 206:
        place = fields_of(answer).get(b"content-range", b"")
        if bytes(answer.body) != whole[5:10] or not place.startswith(b"bytes 5-9/"):
            raise CheckFailed(
                f"expected bytes 5 to 9 of the page with their content-range, got {bytes(answer.body)[:40]!r} and {place!r}"
            )
    elif bytes(answer.body) != whole:
        raise CheckFailed(f"expected the part or the whole page, got status {answer.status} with {len(answer.body)} bytes")


def _method_unknown(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(0, b"WORKBENCH"))
    expect_answer(talk, 0, below=600)
    answer = talk.answer(0)
    if answer.status == 405 and b"allow" not in fields_of(answer):
        raise CheckFailed("expected 405 to say which methods are allowed")
    if answer.status < 400:
        raise CheckFailed(f"expected a method that nobody knows to be refused, got {answer.status}")


def _content_of_no_use(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(StreamData(0, talk.request(0).data + data(b"test"), True))
    expect_answer(talk, 0, below=500)


_CONNECTION = (b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade")

CHECKS = (
    case("requests-side-by-side", "9114 6.1", f"{AT_ONCE} requests at once are all answered.", _side_by_side),
    case("requests-interleaved", "9114 4.1", "Uploads on several streams may be interleaved.", _interleaved),
    case("requests-out-of-order", "9114 6.1", "Requests may end in another order than they began, with gaps between their streams.",
         _out_of_order),
    case("cancelled-by-reset", "9114 4.1.1", "A client that resets a request leaves the others alone.", _reset),
    case("cancelled-by-stop-sending", "9114 4.1.1", "A client that reads a response no further leaves the others alone.", _stopped),
    case("cancelled-upload", "9000 3.5", "A response that is not wanted is given up, also before its request is complete.",
         _stopped_upload),
    case("cancelled-with-unknown-code", "9114 8", "Unknown error codes are like H3_NO_ERROR, and end no connection.", _unknown_code),
    case("head-without-content", "9110 9.3.2", "The response to HEAD has no content.", _head),
    case("head-like-get", "9110 8.6", "The response to HEAD has the content-length of GET, or none.", _head_like_get),
    case("response-fields", "9114 4.3.2", "A response begins with :status; its names are lower-case, none is about a connection.",
         _response_fields),
    case("response-length", "9114 4.1.2", "A response has as much content as its content-length says.", _declared),
    case("expect-continue", "9110 10.1.1", "A client that waits for 100 gets it, or a final status.", _expectation),
    case("not-modified", "9110 13.1.2", "GET with the entity tag that the page has is answered with 304, without content.",
         _not_modified),
    case("range", "9110 14.2", "A range is answered with just that part, or with the whole page.", _part),
    case("content-in-get", "9114 4.1", "Content in a GET is part of the message, and does not break the connection.",
         _content_of_no_use),
    should("method-unknown", "9110 9.1", "A method that nobody knows is answered with 501, or 405 that lists others.", _method_unknown),
)  # fmt: skip

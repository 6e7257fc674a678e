"""Cases about requests: header fields, pseudo-header fields, content and trailers (RFC 9113 section 8)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer
from workbench_http2.checks.literals import block
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, expect_alive, expect_answer, expect_malformed, refuses, should
from workbench_http2.server_frames import END_HEADERS, END_STREAM, FrameType, build

__all__ = ["CHECKS"]

Pair = tuple[bytes, bytes]


def _with(*extra: Pair, without: bytes = b"", first: tuple[Pair, ...] = ()) -> Callable[[Talk], bytes]:
    """A request with more fields, without one, or with some before all others."""

    def said(talk: Talk) -> bytes:
        fields = [*first, *talk.fields(without=without), *extra]
        return build(FrameType.HEADERS, END_HEADERS | END_STREAM, 1, block(fields))

    return said


def _instead(name: bytes, value: bytes) -> Callable[[Talk], bytes]:
    """A request in which one pseudo-header field has another value."""
    return lambda talk: build(
        FrameType.HEADERS,
        END_HEADERS | END_STREAM,
        1,
        block([(key, value if key == name else was) for key, was in talk.fields()]),
    )


def _post(*extra: Pair) -> Callable[[Talk], bytes]:
    return lambda talk: talk.request(1, b"POST", extra, end=False)


def _data(content: bytes, *, end: bool = True) -> bytes:
    return build(FrameType.DATA, END_STREAM if end else 0, 1, content)


def _trailers(*fields: Pair, end: bool = True) -> bytes:
    return build(FrameType.HEADERS, END_HEADERS | (END_STREAM if end else 0), 1, block(fields))


def _allowed(*extra: Pair) -> Callable[[Peer], None]:
    """A request with these fields is answered like any other."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(_with(*extra)(talk))
        expect_answer(talk, 1)

    return run


def _content(*parts: bytes, length: bytes) -> Callable[[Peer], None]:
    """An upload in these DATA frames is answered."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(_post((b"content-length", length))(talk), *(_data(part, end=False) for part in parts[:-1]), _data(parts[-1]))
        expect_answer(talk, 1, below=500)

    return run


def _with_trailers(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_post((b"trailer", b"x-checksum"))(talk), _data(b"test", end=False), _trailers((b"x-checksum", b"1")))
    expect_answer(talk, 1, below=500)
    expect_alive(talk)


def _head(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(1, b"HEAD"))
    expect_answer(talk, 1)
    if talk.answer(1).body:
        raise CheckFailed(f"expected no content in response to HEAD, got {len(talk.answer(1).body)} bytes")


def _response_fields(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    head = talk.answer(1).heads[-1] if len(talk.answer(1).heads) == 1 else talk.answer(1).heads[0]
    names = [name for name, _ in head]
    if names.count(b":status") != 1 or names[0] != b":status":
        raise CheckFailed(f"expected one :status before all other fields, got {names}")
    wrong = [name for name in names if name != name.lower() or name in _CONNECTION or (name[:1] == b":" and name != b":status")]
    if wrong:
        raise CheckFailed(f"expected lower-case fields that HTTP/2 allows, got {wrong}")


def _declared_response(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    declared = [int(value) for head in talk.answer(1).heads for name, value in head if name == b"content-length"]
    if declared and declared[0] != len(talk.answer(1).body):
        raise CheckFailed(f"expected {declared[0]} bytes as content-length says, got {len(talk.answer(1).body)}")


def _goes_on(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_with((b"X-Upper", b"1"))(talk))
    expect_malformed(talk, 1)
    if not talk.peer.ended and not talk.all(FrameType.GOAWAY):
        talk.send(talk.request(3))
        expect_answer(talk, 3)


_CONNECTION = (b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade")
_NAME = "A field name with {} makes a request malformed."
_VALUE = "A field value with {} makes a request malformed."
_LENGTH = "A content-length that is {} the content makes a request malformed."

CHECKS = (
    case("field-upper-case", "9113 8.2.1", _NAME.format("upper-case letters"), refuses(_with((b"X-Test", b"ok")))),
    case("field-name-space", "9113 8.2.1", _NAME.format("a space"), refuses(_with((b"x test", b"ok")))),
    case("field-name-control", "9113 8.2.1", _NAME.format("a control character"), refuses(_with((b"x\x01test", b"ok")))),
    case("field-name-colon", "9113 8.2.1", _NAME.format("a colon inside"), refuses(_with((b"x:test", b"ok")))),
    case("field-name-beyond-ascii", "9113 8.2.1", _NAME.format("octets beyond ASCII"), refuses(_with((b"x-\xfc", b"ok")))),
    case("field-name-empty", "9113 8.2.1", "A field without a name makes a request malformed.", refuses(_with((b"", b"ok")))),
    case("field-value-nul", "9113 8.2.1", _VALUE.format("NUL"), refuses(_with((b"x-test", b"a\0b")))),
    case("field-value-cr", "9113 8.2.1", _VALUE.format("CR"), refuses(_with((b"x-test", b"a\rb")))),
    case("field-value-lf", "9113 8.2.1", _VALUE.format("LF"), refuses(_with((b"x-test", b"a\nb")))),
    case("field-value-leading-space", "9113 8.2.1", _VALUE.format("white space at its beginning"),
         refuses(_with((b"x-test", b" a")))),
    case("field-value-trailing-tab", "9113 8.2.1", _VALUE.format("white space at its end"), refuses(_with((b"x-test", b"a\t")))),
    case("field-connection", "9113 8.2.2", "Connection makes a request malformed.",
         refuses(_with((b"connection", b"keep-alive")))),
    case("field-keep-alive", "9113 8.2.2", "Keep-Alive makes a request malformed.",
         refuses(_with((b"keep-alive", b"timeout=5")))),
    case("field-proxy-connection", "9113 8.2.2", "Proxy-Connection makes a request malformed.",
         refuses(_with((b"proxy-connection", b"keep-alive")))),
    case("field-transfer-encoding", "9113 8.2.2", "Transfer-Encoding makes a request malformed.",
         refuses(_with((b"transfer-encoding", b"chunked")))),
    case("field-upgrade", "9113 8.2.2", "Upgrade makes a request malformed.", refuses(_with((b"upgrade", b"websocket")))),
    case("field-te-other", "9113 8.2.2", "TE with anything but trailers makes a request malformed.",
         refuses(_with((b"te", b"trailers, deflate")))),
    case("field-te-trailers", "9113 8.2.2", "TE with trailers is allowed.", _allowed((b"te", b"trailers"))),
    case("field-cookies-split", "9113 8.2.3", "A cookie may be split over several fields.",
         _allowed((b"cookie", b"a=b"), (b"cookie", b"c=d"))),
    case("field-value-empty", "9113 8.2.1", "A field value may be empty.", _allowed((b"x-test", b""))),
    case("pseudo-unknown", "9113 8.3", "An unknown pseudo-header field makes a request malformed.",
         refuses(_with(first=((b":test", b"ok"),)))),
    case("pseudo-of-response", "9113 8.3", "A response's pseudo-header field makes a request malformed.",
         refuses(_with(first=((b":status", b"200"),)))),
    case("pseudo-behind-regular", "9113 8.3", "A pseudo-header field behind a regular one makes a request malformed.",
         refuses(_with(first=((b"x-test", b"ok"),)))),
    case("pseudo-method-twice", "9113 8.3.1", "Two methods make a request malformed.",
         refuses(_with(first=((b":method", b"GET"),)))),
    case("pseudo-scheme-twice", "9113 8.3.1", "Two schemes make a request malformed.",
         refuses(_with(first=((b":scheme", b"http"),)))),
    case("pseudo-path-twice", "9113 8.3.1", "Two paths make a request malformed.", refuses(_with(first=((b":path", b"/"),)))),
    case("pseudo-method-missing", "9113 8.3.1", "No method makes a request malformed.", refuses(_with(without=b":method"))),
    case("pseudo-scheme-missing", "9113 8.3.1", "No scheme makes a request malformed.", refuses(_with(without=b":scheme"))),
    case("pseudo-path-missing", "9113 8.3.1", "No path makes a request malformed.", refuses(_with(without=b":path"))),
    case("pseudo-path-empty", "9113 8.3.1", "An empty path makes a request malformed.", refuses(_instead(b":path", b""))),
    should("pseudo-path-relative", "9113 8.3.1", "A path without its slash makes a request malformed.",
         refuses(_instead(b":path", b"index"))),
    should("pseudo-path-space", "9113 8.3.1", "A path with a space makes a request malformed.",
         refuses(_instead(b":path", b"/a b"))),
    should("pseudo-authority-host", "9113 8.3.1", "A Host that contradicts the authority makes a request malformed.",
           refuses(_with((b"host", b"elsewhere.example")))),
    should("pseudo-authority-userinfo", "9113 8.3.1", "An authority with user information is not for http.",
           refuses(lambda talk: _instead(b":authority", b"user@" + dict(talk.fields())[b":authority"])(talk))),
    case("trailers", "9113 8.1", "A request may end with trailers.", _with_trailers),
    case("trailers-without-end", "9113 8.1", "Trailers that do not end the stream make a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b"x-test", b"ok"), end=False), _data(b"test"))),
    case("trailers-pseudo", "9113 8.1", "A pseudo-header field among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b":method", b"POST")))),
    case("trailers-upper-case", "9113 8.2.1", "An upper-case name among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b"X-Test", b"ok")))),
    case("trailers-connection", "9113 8.2.2", "Connection among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b"connection", b"close")))),
    case("length-too-short", "9113 8.1.1", _LENGTH.format("less than"),
         refuses(_post((b"content-length", b"1")), _data(b"test"))),
    case("length-too-long", "9113 8.1.1", _LENGTH.format("more than"), refuses(_post((b"content-length", b"9")), _data(b"test"))),
    case("length-over-frames", "9113 8.1.1", _LENGTH.format("less than several frames of"),
         refuses(_post((b"content-length", b"6")), _data(b"test", end=False), _data(b"test"))),
    case("length-without-content", "9113 8.1.1", "A content-length without content makes a request malformed.",
         refuses(lambda talk: talk.request(1, b"POST", [(b"content-length", b"4")]))),
    case("length-with-trailers", "9113 8.1.1", "A content-length that the trailers come too early for makes a request malformed.",
         refuses(_post((b"content-length", b"9")), _data(b"test", end=False), _trailers((b"x-test", b"ok")))),
    case("length-no-number", "9113 8.1.1", "A content-length that is no number makes a request malformed.",
         refuses(_post((b"content-length", b"four")), _data(b"test"))),
    case("length-contradicts", "9113 8.1.1", "Two different content-lengths make a request malformed.",
         refuses(_post((b"content-length", b"4"), (b"content-length", b"5")), _data(b"test"))),
    case("length-right", "9113 8.1.1", "Content over several frames, one of them empty, adds up.",
         _content(b"te", b"", b"st", length=b"4")),
    case("head-without-content", "9113 8.1", "The response to HEAD has no DATA with content.", _head),
    case("response-fields", "9113 8.3.2", "A response begins with :status; its names are lower-case, none is about a connection.",
         _response_fields),
    case("response-length", "9113 8.1.1", "A response has as much content as its content-length says.", _declared_response),
    case("malformed-spares-others", "9113 8.1.1", "A malformed request that resets its stream leaves the others alone.",
         _goes_on),
)  # fmt: skip

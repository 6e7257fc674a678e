"""Cases about requests: header fields, pseudo-header fields, content and trailers (RFC 9114 4.1.2, 4.2, 4.3)."""

from collections.abc import Callable

from workbench.api import Peer, StreamData
from workbench_http3.checks.talk import Talk, data, greet, headers
from workbench_http3.checks.verdicts import case, expect_alive, expect_answer, expect_connection_error, refuses, should
from workbench_http3.server_frames import ErrorCode

__all__ = ["CHECKS"]

Pair = tuple[bytes, bytes]
Said = Callable[[Talk], StreamData]


def _with(*extra: Pair, without: bytes = b"", first: tuple[Pair, ...] = ()) -> Said:
    """A request with more fields, without one, or with some before all others."""
    return lambda talk: StreamData(0, headers([*first, *talk.fields(without=without), *extra]), True)


def _instead(name: bytes, value: bytes) -> Said:
    """A request in which one pseudo-header field has another value."""
    return lambda talk: StreamData(0, headers([(key, value if key == name else was) for key, was in talk.fields()]), True)


def _post(*extra: Pair) -> Said:
    return lambda talk: talk.request(0, b"POST", extra, end=False)


def _data(content: bytes, *, end: bool = True) -> StreamData:
    return StreamData(0, data(content), end)


def _trailers(*fields: Pair) -> StreamData:
    return StreamData(0, headers(fields), True)


def _allowed(*extra: Pair) -> Callable[[Peer], None]:
    """A request with these fields is answered like any other."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(_with(*extra)(talk))
        expect_answer(talk, 0)

    return run


def _host_only(peer: Peer) -> None:
    talk = greet(peer)
    authority = dict(talk.fields())[b":authority"]
    talk.send(_with((b"host", authority), without=b":authority")(talk))
    expect_answer(talk, 0)


def _both_hosts(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_with((b"host", dict(talk.fields())[b":authority"]))(talk))
    expect_answer(talk, 0)


def _content(*parts: bytes, length: bytes) -> Callable[[Peer], None]:
    """An upload in these DATA frames is answered."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(_post((b"content-length", length))(talk), *(_data(part, end=False) for part in parts[:-1]), _data(parts[-1]))
        expect_answer(talk, 0, below=500)

    return run


def _with_trailers(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_post((b"trailer", b"x-checksum"))(talk), _data(b"test", end=False), _trailers((b"x-checksum", b"1")))
    expect_answer(talk, 0, below=500)
    expect_alive(talk)


def _goes_on(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_with((b"X-Upper", b"1"))(talk))
    talk.until_over(0)
    if talk.closed is not None:
        expect_connection_error(talk, ErrorCode.H3_MESSAGE_ERROR)
        return
    talk.send(talk.request(4))
    expect_answer(talk, 4)


_NAME = "A field name with {} makes a request malformed."
_VALUE = "A field value with {} makes a request malformed."
_LENGTH = "A content-length that is {} the content makes a request malformed."

CHECKS = (
    case("field-upper-case", "9114 4.2", _NAME.format("upper-case letters"), refuses(_with((b"X-Test", b"ok")))),
    case("field-name-space", "9114 10.3", _NAME.format("a space"), refuses(_with((b"x test", b"ok")))),
    case("field-name-control", "9114 10.3", _NAME.format("a control character"), refuses(_with((b"x\x01test", b"ok")))),
    case("field-name-colon", "9114 10.3", _NAME.format("a colon inside"), refuses(_with((b"x:test", b"ok")))),
    case("field-name-beyond-ascii", "9114 10.3", _NAME.format("octets beyond ASCII"), refuses(_with((b"x-\xfc", b"ok")))),
    case("field-name-empty", "9114 10.3", "A field without a name makes a request malformed.", refuses(_with((b"", b"ok")))),
    case("field-value-nul", "9114 10.3", _VALUE.format("NUL"), refuses(_with((b"x-test", b"a\0b")))),
    case("field-value-cr", "9114 10.3", _VALUE.format("CR"), refuses(_with((b"x-test", b"a\rb")))),
    case("field-value-lf", "9114 10.3", _VALUE.format("LF"), refuses(_with((b"x-test", b"a\nb")))),
    should("field-value-leading-space", "9110 5.5", _VALUE.format("white space at its beginning"),
         refuses(_with((b"x-test", b" a")))),
    should("field-value-trailing-tab", "9110 5.5", _VALUE.format("white space at its end"), refuses(_with((b"x-test", b"a\t")))),
    case("field-connection", "9114 4.2", "Connection makes a request malformed.",
         refuses(_with((b"connection", b"keep-alive")))),
    case("field-keep-alive", "9114 4.2", "Keep-Alive makes a request malformed.",
         refuses(_with((b"keep-alive", b"timeout=5")))),
    case("field-proxy-connection", "9114 4.2", "Proxy-Connection makes a request malformed.",
         refuses(_with((b"proxy-connection", b"keep-alive")))),
    case("field-transfer-encoding", "9114 4.2", "Transfer-Encoding makes a request malformed.",
         refuses(_with((b"transfer-encoding", b"chunked")))),
    case("field-upgrade", "9114 4.2", "Upgrade makes a request malformed.", refuses(_with((b"upgrade", b"websocket")))),
    case("field-te-other", "9114 4.2", "TE with anything but trailers makes a request malformed.",
         refuses(_with((b"te", b"trailers, deflate")))),
    case("field-te-trailers", "9114 4.2", "TE with trailers is allowed.", _allowed((b"te", b"trailers"))),
    case("field-cookies-split", "9114 4.2.1", "A cookie may be split over several fields.",
         _allowed((b"cookie", b"a=b"), (b"cookie", b"c=d"))),
    case("field-value-empty", "9114 4.2", "A field value may be empty.", _allowed((b"x-test", b""))),
    case("pseudo-unknown", "9114 4.3", "An unknown pseudo-header field makes a request malformed.",
         refuses(_with(first=((b":test", b"ok"),)))),
    case("pseudo-of-response", "9114 4.3", "A response's pseudo-header field makes a request malformed.",
         refuses(_with(first=((b":status", b"200"),)))),
    case("pseudo-behind-regular", "9114 4.3", "A pseudo-header field behind a regular one makes a request malformed.",
         refuses(_with(first=((b"x-test", b"ok"),)))),
    case("pseudo-method-twice", "9114 4.3.1", "Two methods make a request malformed.",
         refuses(_with(first=((b":method", b"GET"),)))),
    case("pseudo-scheme-twice", "9114 4.3.1", "Two schemes make a request malformed.",
         refuses(_with(first=((b":scheme", b"http"),)))),
    case("pseudo-path-twice", "9114 4.3.1", "Two paths make a request malformed.", refuses(_with(first=((b":path", b"/"),)))),
    case("pseudo-method-missing", "9114 4.3.1", "No method makes a request malformed.", refuses(_with(without=b":method"))),
    case("pseudo-scheme-missing", "9114 4.3.1", "No scheme makes a request malformed.", refuses(_with(without=b":scheme"))),
    case("pseudo-path-missing", "9114 4.3.1", "No path makes a request malformed.", refuses(_with(without=b":path"))),
    case("pseudo-path-empty", "9114 4.3.1", "An empty path makes a request malformed.", refuses(_instead(b":path", b""))),
    should("pseudo-path-relative", "9114 4.3.1", "A path without its slash makes a request malformed.",
         refuses(_instead(b":path", b"index"))),
    should("pseudo-path-space", "9114 4.3.1", "A path with a space makes a request malformed.",
         refuses(_instead(b":path", b"/a b"))),
    case("pseudo-authority-missing", "9114 4.3.1", "Neither authority nor Host makes a request malformed.",
         refuses(_with(without=b":authority"))),
    case("pseudo-authority-empty", "9114 4.3.1", "An empty authority makes a request malformed.",
         refuses(_instead(b":authority", b""))),
    case("host-instead-of-authority", "9114 4.3.1", "Host may stand for the authority.", _host_only),
    case("host-beside-authority", "9114 4.3.1", "Host may say what the authority says.", _both_hosts),
    should("pseudo-authority-host", "9114 4.3.1", "A Host that contradicts the authority makes a request malformed.",
           refuses(_with((b"host", b"elsewhere.example")))),
    should("pseudo-authority-userinfo", "9114 4.3.1", "An authority with user information is not for https.",
           refuses(lambda talk: _instead(b":authority", b"user@" + dict(talk.fields())[b":authority"])(talk))),
    case("trailers", "9114 4.1", "A request may end with trailers.", _with_trailers),
    case("trailers-pseudo", "9114 4.1", "A pseudo-header field among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b":method", b"POST")))),
    case("trailers-upper-case", "9114 4.2", "An upper-case name among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b"X-Test", b"ok")))),
    case("trailers-connection", "9114 4.2", "Connection among the trailers makes a request malformed.",
         refuses(_post(), _data(b"test", end=False), _trailers((b"connection", b"close")))),
    case("length-too-short", "9114 4.1.2", _LENGTH.format("less than"),
         refuses(_post((b"content-length", b"1")), _data(b"test"))),
    case("length-too-long", "9114 4.1.2", _LENGTH.format("more than"), refuses(_post((b"content-length", b"9")), _data(b"test"))),
    case("length-over-frames", "9114 4.1.2", _LENGTH.format("less than several frames of"),
         refuses(_post((b"content-length", b"6")), _data(b"test", end=False), _data(b"test"))),
    case("length-without-content", "9114 4.1.2", "A content-length without content makes a request malformed.",
         refuses(lambda talk: StreamData(0, talk.request(0, b"POST", [(b"content-length", b"4")]).data, True))),
    case("length-with-trailers", "9114 4.1.2", "A content-length that the trailers come too early for makes a request malformed.",
         refuses(_post((b"content-length", b"9")), _data(b"test", end=False), _trailers((b"x-test", b"ok")))),
    case("length-no-number", "9114 4.1.2", "A content-length that is no number makes a request malformed.",
         refuses(_post((b"content-length", b"four")), _data(b"test"))),
    case("length-contradicts", "9114 4.1.2", "Two different content-lengths make a request malformed.",
         refuses(_post((b"content-length", b"4"), (b"content-length", b"5")), _data(b"test"))),
    case("length-right", "9114 4.1.2", "Content over several frames, one of them empty, adds up.",
         _content(b"te", b"", b"st", length=b"4")),
    case("malformed-spares-others", "9114 4.1.2", "A malformed request that resets its stream leaves the others alone.",
         _goes_on),
)  # fmt: skip

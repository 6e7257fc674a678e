"""Checks about the chunked transfer coding of requests (RFC 9112 section 7.1)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import Client, should, stays_usable

__all__ = ["CHECKS"]

_POST = b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\nTransfer-Encoding: chunked\r\n"


def _understood(body: bytes, fields: bytes = b"") -> Callable[[Peer], None]:
    return stays_usable(_POST + fields + b"\r\n" + body, good=True)


def _echoed(body: bytes, content: bytes) -> Callable[[Peer], None]:
    """A check: this chunked body is understood, and a resource that sends it back says `content`."""

    def run(peer: Peer) -> None:
        stays_usable(_POST + b"\r\n" + body, good=True)(peer)
        client = Client(peer.again())
        client.send(_POST + b"\r\n" + body)
        answer = client.answer(b"POST")
        if answer.good and b"hello" in answer.body and answer.body != content:
            raise CheckFailed(f"expected the content {content!r} to be echoed, got {answer.body[:60]!r}")

    return run


def _faulty(body: bytes) -> Callable[[Peer], None]:
    """A check: this chunked body is broken, so the request is not carried out. It may be refused before its body is looked at."""

    def run(peer: Peer) -> None:
        client = Client(peer)
        client.send(_POST + b"\r\n" + body)
        peer.finish()
        answer = client.maybe_answer(b"POST")
        if answer is not None and not answer.refused:
            raise CheckFailed(f"expected a refusal of the broken chunks, got {answer.status}")

    return run


def _bad(name: str, rule: str, body: bytes) -> Check:
    return Check(name=f"chunk-{name}", section="RFC 9112 7.1", rule=rule, run=_faulty(body))


CHECKS = (
    Check(
        name="chunks",
        section="RFC 9112 7.1",
        rule="A server must be able to read chunked requests",
        run=_echoed(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
    ),
    Check(
        name="chunk-size-case",
        section="RFC 9112 7.1",
        rule="Sizes of chunks are hexadecimal, in upper or lower case",
        run=_echoed(b"a\r\nhelloworld\r\nA\r\n0123456789\r\n0\r\n\r\n", b"helloworld0123456789"),
    ),
    Check(
        name="chunk-size-zeros",
        section="RFC 9112 7.1",
        rule="Sizes of chunks may begin with zeros, the last one may be several",
        run=_echoed(b"005\r\nhello\r\n000\r\n\r\n", b"hello"),
    ),
    Check(
        name="chunk-extension",
        section="RFC 9112 7.1.1",
        rule="Extensions that the server does not know are ignored",
        run=_echoed(b"5;odd\r\nhello\r\n0;x=1;y=2\r\n\r\n", b"hello"),
    ),
    Check(
        name="chunk-extension-quoted",
        section="RFC 9112 7.1.1",
        rule="An extension's value may be a quoted string",
        run=_echoed(b'5;odd="a b;c"\r\nhello\r\n0\r\n\r\n', b"hello"),
    ),
    Check(
        name="chunk-data-is-opaque",
        section="RFC 9112 7.1",
        rule="What looks like the end of the body inside of a chunk is data",
        run=_echoed(b"c\r\nhello\r\n0\r\n\r\n\r\n0\r\n\r\n", b"hello\r\n0\r\n\r\n"),
    ),
    Check(
        name="chunk-trailers",
        section="RFC 9112 7.1.2",
        rule="A trailer section behind the last chunk belongs to the request",
        run=_understood(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"Trailer: X-Sum\r\n"),
    ),
    Check(
        name="chunk-trailer-is-no-header",
        section="RFC 9110 6.5.1",
        rule="Framing fields in a trailer section are not obeyed",
        run=stays_usable(_POST + b"\r\n5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"),
    ),
    _bad("size-letters", "The size of a chunk is hexadecimal: G is no digit", b"G\r\nhello\r\n0\r\n\r\n"),
    _bad("size-negative", "The size of a chunk has no sign", b"-5\r\nhello\r\n0\r\n\r\n"),
    _bad("size-plus", "The size of a chunk has no sign, not even a plus", b"+5\r\nhello\r\n0\r\n\r\n"),
    _bad("size-prefix", "The size of a chunk has no 0x before it", b"0x5\r\nhello\r\n0\r\n\r\n"),
    _bad("size-empty", "The size of a chunk has at least one digit", b"\r\nhello\r\n0\r\n\r\n"),
    _bad(
        "size-overflow",
        "A size too large for the machine is not mistaken for a small one (2^64 + 5)",
        b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    ),
    _bad("too-long", "Behind the data of a chunk stands CRLF: more data is an error", b"5\r\nhello!!\r\n0\r\n\r\n"),
    _bad("too-short", "Behind the data of a chunk stands CRLF: less data is an error", b"5\r\nhel\r\n0\r\n\r\n"),
    _bad("size-bare-cr", "A CR alone does not end the size of a chunk", b"5\rhello\r\n0\r\n\r\n"),
    should(
        "chunk-extension-control",
        "RFC 9112 7.1.1",
        "An extension holds no control characters",
        _faulty(b"5;a=\x00\r\nhello\r\n0\r\n\r\n"),
    ),
    should(
        "chunk-size-bare-lf",
        "RFC 9112 7.1",
        "Lines of chunks end with CRLF; the leave to take LF alone is for header sections only",
        _faulty(b"5\nhello\n0\n\n"),
    ),
)

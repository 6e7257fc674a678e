"""Checks about where a request ends: Content-Length and Transfer-Encoding, and both at once (RFC 9112 section 6).

Two recipients that disagree about it are how requests are smuggled, so the rules are strict.
"""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import Client, in_step, refused, should, stays_usable

__all__ = ["CHECKS"]

_POST = b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\n"
_BOTH = _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


def _both_close(peer: Peer) -> None:
    client = Client(peer)
    client.send(_BOTH)
    answer = client.answer(b"POST")
    if not client.closes():
        raise CheckFailed(f"expected the connection to be closed behind the answer ({answer.status}), it stays open")


def _transfer_encoding_wins(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    if client.maybe_answer(b"POST") is None:
        raise CheckFailed(f"expected an answer behind the last chunk, got {client.ending()}: Content-Length was obeyed")


def _huge_length(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 18446744073709551621\r\n\r\nhello")
    answer = client.maybe_answer(b"POST", 0.5)
    if answer is not None and not 400 <= answer.status < 500:
        raise CheckFailed(f"expected a refusal of 2^64+5 bytes (or patience for them), got {answer.status} after 5 bytes")


def _equal_lengths(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello")
    in_step(client, b"POST")


def _old_version_chunked(peer: Peer) -> None:
    client = Client(peer)
    client.send(
        b"POST %(upload)s HTTP/1.0\r\nHost: %(host)s\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    client.answer(b"POST")
    if not client.closes():
        raise CheckFailed("expected the connection to be closed behind the answer, it stays open")


def _incomplete(request: bytes) -> Callable[[Peer], None]:
    """A check: this request, whose end never comes because we close, is not carried out."""

    def run(peer: Peer) -> None:
        client = Client(peer)
        client.send(request)
        peer.finish()
        answer = client.maybe_answer(b"POST")
        if answer is not None and answer.good:
            raise CheckFailed(f"expected an incomplete request not to be carried out, got {answer.status}")

    return run


def _length(name: str, value: bytes, what: str) -> Check:
    return Check(
        name=f"length-{name}",
        section="RFC 9112 6.3",
        rule=f"A Content-Length {what} is answered with 400, and the connection closed",
        run=refused(_POST + b"Content-Length: " + value + b"\r\n\r\nhello", method=b"POST", closes=True),
    )


def _coding(name: str, value: bytes, rule: str, *statuses: int, closes: bool = True) -> Check:
    """A transfer coding that leaves open where the request ends. A server may rather say that it does not know the coding (501)."""
    lines = b"Transfer-Encoding: " + value + b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    wanted = statuses or (400, 501)
    return Check(
        name=f"coding-{name}",
        section="RFC 9112 6.3",
        rule=rule,
        run=refused(_POST + lines, *wanted, method=b"POST", closes=closes),
    )


CHECKS = (
    Check(
        name="length-counts",
        section="RFC 9112 6.3",
        rule="A request's content ends where Content-Length says, the next request begins there",
        run=stays_usable(_POST + b"Content-Length: 5\r\n\r\nhello", good=True),
    ),
    Check(
        name="length-zero",
        section="RFC 9112 6.3",
        rule="Content-Length 0 is a length like others",
        run=stays_usable(_POST + b"Content-Length: 0\r\n\r\n", good=True),
    ),
    Check(
        name="length-of-get",
        section="RFC 9112 6",
        rule="Content is announced by its fields, whatever the method: GET may have some, too",
        run=stays_usable(b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nContent-Length: 5\r\n\r\nhello", b"GET"),
    ),
    Check(
        name="length-absent",
        section="RFC 9112 6.3",
        rule="A request without Content-Length and Transfer-Encoding has no content",
        run=stays_usable(_POST + b"\r\n"),
    ),
    _length("negative", b"-5", "below zero"),
    _length("plus", b"+5", "with a plus sign"),
    _length("hex", b"0x5", "in hexadecimal"),
    _length("fraction", b"5.0", "with a fraction"),
    _length("letters", b"five", "in letters"),
    _length("two-words", b"5 5", "with a space inside"),
    _length("empty", b"", "without a value"),
    _length("list-different", b"5, 6", "of two different numbers"),
    Check(
        name="length-twice-different",
        section="RFC 9112 6.3",
        rule="Two different Content-Length lines are answered with 400, and the connection closed",
        run=refused(_POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", method=b"POST", closes=True),
    ),
    Check(
        name="length-twice-equal",
        section="RFC 9110 8.6",
        rule="Two equal Content-Length lines are rejected or count once",
        run=_equal_lengths,
    ),
    Check(
        name="length-overflow",
        section="RFC 9110 8.6",
        rule="A number too large for the machine is not mistaken for a small one",
        run=_huge_length,
    ),
    Check(
        name="length-incomplete",
        section="RFC 9112 8",
        rule="A request whose content breaks off is not complete",
        run=_incomplete(_POST + b"Content-Length: 100\r\n\r\nhello"),
    ),
    Check(
        name="both-close",
        section="RFC 9112 6.1",
        rule="Behind a request with Content-Length and Transfer-Encoding the connection is closed",
        run=_both_close,
    ),
    Check(
        name="both-coding-wins",
        section="RFC 9112 6.3",
        rule="Transfer-Encoding overrides Content-Length",
        run=_transfer_encoding_wins,
    ),
    should(
        "coding-unknown",
        "RFC 9112 6.1",
        "A transfer coding that the server does not know is answered with 501",
        refused(_POST + b"Transfer-Encoding: x-odd, chunked\r\n\r\n0\r\n\r\n", 501, method=b"POST"),
    ),
    _coding("not-last", b"chunked, gzip", "Where chunked is not the last coding the end is not known: 400, and close"),
    _coding("identity", b"identity", "Where chunked is missing the end is not known: 400, and close"),
    _coding("quoted", b'"chunked"', "A quoted name is not the coding chunked: 400, and close"),
    _coding("prefix", b"xchunked", "A longer name is not the coding chunked: 400, and close"),
    _coding("control-character", b"\x0bchunked", "A control character is no white space: the name is not chunked"),
    _coding("in-value-of-next", b"chunked\r\n , gzip", "A coding on a folded line counts, or the fold is rejected"),
    Check(
        name="coding-case",
        section="RFC 9112 7",
        rule="Names of transfer codings are case-insensitive",
        run=stays_usable(_POST + b"Transfer-Encoding: ChUnKeD\r\n\r\n5\r\nhello\r\n0\r\n\r\n", good=True),
    ),
    Check(
        name="coding-in-http-1-0",
        section="RFC 9112 6.1",
        rule="Transfer-Encoding in HTTP/1.0 is faulty framing: the connection is closed behind it",
        run=_old_version_chunked,
    ),
    Check(
        name="chunked-incomplete",
        section="RFC 9112 8",
        rule="A chunked request without its last chunk is not complete",
        run=_incomplete(_POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ),
)

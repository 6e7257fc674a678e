"""Checks about field lines and Host (RFC 9112 sections 2.2, 3.2 and 5, RFC 9110 section 5)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import ask, expect, page, refused, should, stays_usable

__all__ = ["CHECKS"]

LARGE_FIELD = 131_072
"""Octets of a field that most servers do not want; those that do may answer."""

_START = b"GET %(path)s HTTP/1.1\r\n"


def _too_large(peer: Peer) -> None:
    answer = ask(peer, _START + b"Host: %(host)s\r\nX-Large: " + b"a" * LARGE_FIELD + b"\r\n\r\n")
    if answer.status >= 500 or 300 <= answer.status < 400:
        raise CheckFailed(f"expected a 4xx (or an answer to the request), got {answer.status}")


def _like_the_page(lines: bytes, what: str) -> Callable[[Peer], None]:
    """A check: with these field lines the page is answered as without them."""

    def run(peer: Peer) -> None:
        plain = page(peer)
        expect(ask(peer, _START + lines + b"\r\n"), plain.status, of=what)

    return run


def _bad(name: str, section: str, rule: str, lines: bytes) -> Check:
    """These field lines behind a request line must be answered with 400."""
    return Check(name=name, section=section, rule=rule, run=refused(_START + lines + b"\r\n"))


def _host(name: str, value: bytes, what: str) -> Check:
    return _bad(f"host-{name}", "RFC 9112 3.2", f"Host with {what} is answered with 400", b"Host: " + value + b"\r\n")


CHECKS = (
    _bad("host-missing", "RFC 9112 3.2", "A request of HTTP/1.1 without Host is answered with 400", b"Accept: */*\r\n"),
    _bad(
        "host-twice",
        "RFC 9112 3.2",
        "A request with two Host lines is answered with 400",
        b"Host: %(host)s\r\nHost: other.invalid\r\n",
    ),
    _bad(
        "host-twice-equal",
        "RFC 9112 3.2",
        "A request with two Host lines is answered with 400, even when they are equal",
        b"Host: %(host)s\r\nHost: %(host)s\r\n",
    ),
    _host("with-space", b"exam ple.org", "white space in it"),
    _host("with-path", b"example.org/path", "a path in it"),
    _host("with-userinfo", b"user@example.org", "a user's name in it"),
    _host("list", b"example.org, example.net", "two names in it"),
    _host("bad-port", b"example.org:http", "a port that is no number"),
    _host("nul", b"exam\0ple.org", "a NUL in it"),
    _bad(
        "space-before-colon",
        "RFC 9112 5.1",
        "White space between a field's name and the colon is answered with 400",
        b"Host: %(host)s\r\nX-Test : 1\r\n",
    ),
    _bad(
        "tab-before-colon",
        "RFC 9112 5.1",
        "A tab between a field's name and the colon is answered with 400",
        b"Host: %(host)s\r\nContent-Length\t: 0\r\n",
    ),
    _bad(
        "space-before-first-field",
        "RFC 9112 2.2",
        "A line with white space in front, behind the request line, is no field: without it there is no Host",
        b" Host: %(host)s\r\n",
    ),
    _bad(
        "fold-hides-no-field",
        "RFC 9112 5.2",
        "A folded line is rejected, or belongs to the value before: it is no field of its own",
        b"X-Test: 1\r\n Host: %(host)s\r\n",
    ),
    Check(
        name="fold-in-length",
        section="RFC 9112 5.2",
        rule="A folded line is rejected, or joined by a space: what makes the length invalid must not be dropped",
        run=refused(b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\nContent-Length: 1\r\n 0\r\n\r\n0123456789", method=b"POST"),
    ),
    _bad(
        "bare-cr-is-no-line-end",
        "RFC 9112 2.2",
        "A CR without LF does not end a field line: what follows is no field",
        b"X-Test: 1\rHost: %(host)s\r\n",
    ),
    Check(
        name="bare-cr-in-request-line",
        section="RFC 9112 2.2",
        rule="A CR without LF does not end the request line",
        run=refused(b"GET %(path)s HTTP/1.1\rHost: %(host)s\r\n\r\n", 400, 505),
    ),
    should(
        "field-without-colon",
        "RFC 9112 2.2",
        "A line without a colon is no field; the request is answered with 400",
        refused(_START + b"Host: %(host)s\r\nnonsense\r\n\r\n"),
    ),
    should(
        "field-without-name",
        "RFC 9112 5",
        "A field's name is a token of at least one character",
        refused(_START + b"Host: %(host)s\r\n: value\r\n\r\n"),
    ),
    should(
        "field-name-not-a-token",
        "RFC 9110 5.1",
        "A field's name is a token: brackets are not allowed in it",
        refused(_START + b"Host: %(host)s\r\nX(Test): 1\r\n\r\n"),
    ),
    Check(
        name="field-name-case",
        section="RFC 9110 5.1",
        rule="Field names are case-insensitive",
        run=stays_usable(b"POST %(upload)s HTTP/1.1\r\nhOsT: %(host)s\r\ncOnTeNt-LeNgTh: 5\r\n\r\nhello", good=True),
    ),
    Check(
        name="field-value-white-space",
        section="RFC 9112 5.1",
        rule="White space around a value does not belong to it",
        run=stays_usable(b"POST %(upload)s HTTP/1.1\r\nHost:\t %(host)s \t\r\nContent-Length:   \t5\t \r\n\r\nhello", good=True),
    ),
    Check(
        name="field-without-space",
        section="RFC 9112 5.1",
        rule="White space around a value is optional",
        run=_like_the_page(b"Host:%(host)s\r\nX-Test:1\r\n", "fields without white space"),
    ),
    should(
        "field-unknown",
        "RFC 9110 5.1",
        "Fields that a server does not know are ignored",
        _like_the_page(b"Host: %(host)s\r\nX-Nobody-Knows: this\r\n", "an unknown field"),
    ),
    should(
        "field-octets",
        "RFC 9110 5.5",
        "Octets above 127 in a value are opaque, not a reason to refuse",
        _like_the_page(b"Host: %(host)s\r\nX-Test: \xe4\xf6\xfc\r\n", "a value with octets above 127"),
    ),
    Check(
        name="fields-too-large",
        section="RFC 9110 5.4",
        rule="Fields larger than a server wants are answered with a 4xx",
        run=_too_large,
    ),
)

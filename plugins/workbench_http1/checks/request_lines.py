"""Checks about request lines: methods, targets, versions (RFC 9112 section 3, RFC 9110 sections 2.5, 4 and 9)."""

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import PLAIN, Client, ask, expect, page, refused, should

__all__ = ["CHECKS"]

LONG_TARGET = 65_536
"""Octets of a target that hardly any server wants to parse."""

SUPPORTED_LINE = 8_000
"""Octets of a request line that everybody should support (RFC 9112 3)."""


def _origin_form(peer: Peer) -> None:
    if ask(peer, PLAIN).status in (400, 501, 505):
        raise CheckFailed("a plain GET is not understood")


def _absolute_form(peer: Peer) -> None:
    plain = page(peer)
    expect(ask(peer, b"GET http://%(host)s%(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n"), plain.status, of="the absolute form")


def _absolute_over_host(peer: Peer) -> None:
    plain = page(peer)
    answer = ask(peer, b"GET http://%(host)s%(path)s HTTP/1.1\r\nHost: nobody.invalid\r\n\r\n")
    expect(answer, plain.status, of="a target that names the host itself")


def _method_case(peer: Peer) -> None:
    answer = ask(peer, b"get %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    if not answer.refused:
        raise CheckFailed(f"expected a refusal of the method get, got {answer.status}")


def _foreign_major_version(peer: Peer) -> None:
    answer = ask(peer, b"GET %(path)s HTTP/3.0\r\nHost: %(host)s\r\n\r\n")
    if answer.version[0] != 1:
        raise CheckFailed(f"expected an answer in HTTP/1.x, got one in HTTP/{answer.version[0]}.{answer.version[1]}")


def _higher_minor_version(peer: Peer) -> None:
    plain = page(peer)
    expect(ask(peer, b"GET %(path)s HTTP/1.9\r\nHost: %(host)s\r\n\r\n"), plain.status, of="HTTP/1.9")


def _old_version(peer: Peer) -> None:
    plain = page(peer)
    expect(ask(peer, b"GET %(path)s HTTP/1.0\r\nHost: %(host)s\r\n\r\n"), plain.status, of="HTTP/1.0")


def _old_version_without_host(peer: Peer) -> None:
    page(peer)
    if ask(peer, b"GET %(path)s HTTP/1.0\r\n\r\n").status == 400:
        raise CheckFailed("expected a request of HTTP/1.0 to need no Host, got 400")


def _too_long(peer: Peer) -> None:
    answer = ask(peer, b"GET /" + b"a" * LONG_TARGET + b" HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    if answer.status != 414 and (answer.status in (400, 413, 431) or answer.status >= 500):
        raise CheckFailed(f"expected 414 (or an answer to the request), got {answer.status}")


def _rather_long(peer: Peer) -> None:
    filling = b"a" * (SUPPORTED_LINE - len(b"GET /? HTTP/1.1"))
    answer = ask(peer, b"GET /?" + filling + b" HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    if answer.status in (400, 413, 414, 431) or answer.status >= 500:
        raise CheckFailed(f"expected a request line of {SUPPORTED_LINE} octets to be read, got {answer.status}")


def _asterisk(peer: Peer) -> None:
    answer = ask(peer, b"OPTIONS * HTTP/1.1\r\nHost: %(host)s\r\n\r\n")
    if answer.status in (400, 404):
        raise CheckFailed(f"expected OPTIONS * to be understood, got {answer.status}")


def _empty_line_before(peer: Peer) -> None:
    plain = page(peer)
    client = Client(peer)
    client.send(b"\r\n" + PLAIN)
    expect(client.answer(), plain.status, of="a request behind an empty line")


def _on(target: bytes) -> bytes:
    return b"CONNECT " + target + b" HTTP/1.1\r\nHost: %(host)s\r\n\r\n"


NOT_A_TUNNEL = (400, 403, 404, 405, 407, 421, 501)
"""What refuses a tunnel: a bad request, a rule, or not doing such things at all."""

CHECKS = (
    Check(
        name="target-origin-form",
        section="RFC 9112 3.2.1",
        rule="A path as target is understood",
        run=_origin_form,
    ),
    Check(
        name="target-absolute-form",
        section="RFC 9112 3.2.2",
        rule="A server must accept a whole URI as target, although clients send that to proxies only",
        run=_absolute_form,
    ),
    Check(
        name="target-absolute-over-host",
        section="RFC 9112 3.2.2",
        rule="The host of a whole URI as target counts, Host does not",
        run=_absolute_over_host,
    ),
    should("target-asterisk", "RFC 9112 3.2.4", "OPTIONS * asks about the server as a whole", _asterisk),
    should(
        "target-asterisk-get",
        "RFC 9112 3.2.4",
        "The target * belongs to OPTIONS; with GET the request line is invalid",
        refused(b"GET * HTTP/1.1\r\nHost: %(host)s\r\n\r\n", 400, 404),
    ),
    should(
        "target-authority-get",
        "RFC 9112 3.2.3",
        "A bare authority as target belongs to CONNECT; with GET the request line is invalid",
        refused(b"GET %(host)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n", 400, 404),
    ),
    should(
        "target-with-space",
        "RFC 9112 3.2",
        "White space in a target makes the request line invalid: 400, or a redirect to the encoded one",
        refused(b"GET /a b HTTP/1.1\r\nHost: %(host)s\r\n\r\n", 400, 301),
    ),
    Check(
        name="target-too-long",
        section="RFC 9112 3",
        rule="A target longer than the server wants to parse is answered with 414",
        run=_too_long,
    ),
    should(
        "request-line-8000",
        "RFC 9112 3",
        f"Request lines of {SUPPORTED_LINE} octets are supported",
        _rather_long,
    ),
    should("empty-line-before", "RFC 9112 2.2", "An empty line before the request line is ignored", _empty_line_before),
    Check(name="method-case", section="RFC 9110 9.1", rule="Methods are case-sensitive: get is not GET", run=_method_case),
    should(
        "method-unknown",
        "RFC 9110 9.1",
        "A method that the server does not know is answered with 501",
        refused(b"FROBNICATE %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n", 501),
    ),
    should(
        "method-not-a-token",
        "RFC 9112 3.1",
        "A method is a token; anything else makes the request line invalid",
        refused(b"G<T %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n", 400, 501),
    ),
    Check(
        name="connect-without-port",
        section="RFC 9110 9.3.6",
        rule="CONNECT to an empty port is rejected",
        run=refused(_on(b"127.0.0.1:"), *NOT_A_TUNNEL, method=b"CONNECT"),
    ),
    Check(
        name="connect-bad-port",
        section="RFC 9110 9.3.6",
        rule="CONNECT to a port that cannot be is rejected",
        run=refused(_on(b"127.0.0.1:99999"), *NOT_A_TUNNEL, method=b"CONNECT"),
    ),
    Check(
        name="version-foreign-major",
        section="RFC 9110 6.2",
        rule="A server never answers in a version that it does not speak, whatever the request says",
        run=_foreign_major_version,
    ),
    should(
        "version-higher-minor",
        "RFC 9110 6.2",
        "A higher minor version is treated as the highest one that the server knows",
        _higher_minor_version,
    ),
    Check(name="version-1-0", section="RFC 9110 2.5", rule="HTTP/1.0 is understood by whoever speaks HTTP/1.1", run=_old_version),
    should("version-1-0-no-host", "RFC 9112 3.2", "Only requests of HTTP/1.1 need Host", _old_version_without_host),
    should(
        "version-lower-case",
        "RFC 9112 2.3",
        "The name of the version is case-sensitive: http/1.1 is no version",
        refused(b"GET %(path)s http/1.1\r\nHost: %(host)s\r\n\r\n", 400, 505),
    ),
    should(
        "version-two-digits",
        "RFC 9112 2.3",
        "A version is one digit, a dot, one digit: HTTP/1.10 is none",
        refused(b"GET %(path)s HTTP/1.10\r\nHost: %(host)s\r\n\r\n", 400, 505),
    ),
)

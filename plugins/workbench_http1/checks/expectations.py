"""Checks about Expect, Upgrade and Connection, the fields that concern one hop (RFC 9110 sections 7.6, 7.8 and 10.1.1)."""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import Client, ask, expect, page, should

__all__ = ["CHECKS"]

_POST = b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\n"
_CONTINUE = b"Expect: 100-continue\r\n"


def _invited(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 5\r\n" + _CONTINUE + b"\r\n")
    if not client.interim():
        raise CheckFailed(f"expected 100 or a final status before the content is sent, got {client.ending()}")


def _final_behind_content(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 5\r\n" + _CONTINUE + b"\r\n")
    if b" 100 " in client.interim()[:16]:
        client.send(b"hello")
    answer = client.answer(b"POST")
    if answer.interim.count(100) > 1:
        raise CheckFailed(f"expected 100 once, got it {answer.interim.count(100)} times")


def _content_at_once(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 5\r\n" + _CONTINUE + b"\r\nhello")
    client.answer(b"POST")
    late = client.maybe_answer(b"POST", 0.2)
    if late is not None:
        raise CheckFailed(f"expected nothing behind the final answer, got {late.status}")


def _no_content(peer: Peer) -> None:
    plain = page(peer)
    expect(ask(peer, b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\n" + _CONTINUE + b"\r\n"), plain.status, 417, of="GET")


def _in_old_version(peer: Peer) -> None:
    answer = ask(
        peer,
        b"POST %(upload)s HTTP/1.0\r\nHost: %(host)s\r\nContent-Length: 5\r\n" + _CONTINUE + b"\r\nhello",
        b"POST",
    )
    if answer.interim:
        raise CheckFailed(f"expected no interim response to HTTP/1.0, got {answer.interim[0]}")


def _old_version_waits(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"POST %(upload)s HTTP/1.0\r\nHost: %(host)s\r\nContent-Length: 5\r\n" + _CONTINUE + b"\r\n")
    early = peer.receive(lambda data: b"\r\n\r\n" in data, 0.5)
    if early[8:13] == b" 100 ":
        raise CheckFailed("expected the expectation of HTTP/1.0 to be ignored, got 100")


def _case(peer: Peer) -> None:
    client = Client(peer)
    client.send(_POST + b"Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
    if not client.interim():
        raise CheckFailed(f"expected 100 or a final status before the content is sent, got {client.ending()}")


def _unknown(peer: Peer) -> None:
    plain = ask(peer.again(), _POST + b"Content-Length: 5\r\n\r\nhello", b"POST")
    answer = ask(peer, _POST + b"Content-Length: 5\r\nExpect: wonders\r\n\r\nhello", b"POST")
    expect(answer, 417, plain.status, of="an expectation that nobody knows")


def _upgrade(lines: bytes, version: bytes = b"1.1") -> Callable[[Peer], None]:
    """A check: this is answered as the page is, not with 101."""

    def run(peer: Peer) -> None:
        plain = page(peer)
        answer = ask(peer, b"GET %(path)s HTTP/" + version + b"\r\nHost: %(host)s\r\n" + lines + b"\r\n")
        expect(answer, plain.status, of="a request that cannot be upgraded")

    return run


def _option_list(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nConnection: x-odd ,, CLOSE\r\n\r\n")
    client.answer()
    if not client.closes():
        raise CheckFailed("expected close to be found in the list and the connection to be closed, it stays open")


CHECKS = (
    Check(
        name="expect-invites",
        section="RFC 9110 10.1.1",
        rule="Expect: 100-continue is answered with 100 or a final status before the content comes",
        run=_invited,
    ),
    Check(
        name="expect-final",
        section="RFC 9110 10.1.1",
        rule="Behind 100 and the content comes the final response",
        run=_final_behind_content,
    ),
    Check(
        name="expect-content-at-once",
        section="RFC 9110 10.1.1",
        rule="Content that does not wait for 100 is read; no 100 follows the final response",
        run=_content_at_once,
    ),
    Check(
        name="expect-without-content",
        section="RFC 9110 10.1.1",
        rule="An expectation of 100 without content does not keep the response back",
        run=_no_content,
    ),
    Check(
        name="expect-in-http-1-0",
        section="RFC 9110 10.1.1",
        rule="Expect: 100-continue in HTTP/1.0 is ignored",
        run=_old_version_waits,
    ),
    Check(
        name="interim-in-http-1-0",
        section="RFC 9110 15.2",
        rule="A client of HTTP/1.0 gets no 1xx response",
        run=_in_old_version,
    ),
    Check(name="expect-case", section="RFC 9110 10.1.1", rule="The value of Expect is case-insensitive", run=_case),
    should("expect-unknown", "RFC 9110 10.1.1", "An unknown expectation is answered with 417 or does not matter", _unknown),
    Check(
        name="upgrade-unknown",
        section="RFC 9110 7.8",
        rule="A server switches only to a protocol that the client names: not to one that does not exist",
        run=_upgrade(b"Connection: Upgrade\r\nUpgrade: x-nothing/1\r\n"),
    ),
    Check(
        name="upgrade-in-http-1-0",
        section="RFC 9110 7.8",
        rule="Upgrade in a request of HTTP/1.0 is ignored",
        run=_upgrade(
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n",
            b"1.0",
        ),
    ),
    Check(
        name="connection-list",
        section="RFC 9110 7.6.1",
        rule="Connection is a list of options, case-insensitive, perhaps with empty members",
        run=_option_list,
    ),
)

"""Checks about connections: pipelining, persistence, closing, and requests that come in pieces (RFC 9112 sections 2, 8 and 9)."""

from workbench.api import Check, CheckFailed, Peer
from workbench_http1.checks.asking import PLAIN, Client, ask, expect, page, refused, should

__all__ = ["CHECKS"]

PIPELINED = 10
"""Requests at once: more than a segment's worth of heads is not needed to mix up an order."""

_MISSING = b"GET %(missing)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n"
_CLOSE = b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\nConnection: close\r\n\r\n"
_TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(64))


def _persists(peer: Peer) -> None:
    client = Client(peer)
    client.send(PLAIN)
    first = client.answer()
    if b"close" in first.members(b"connection"):
        raise CheckFailed("expected the connection to persist, the answer says close")
    client.send(PLAIN)
    if client.maybe_answer() is None:
        raise CheckFailed(f"expected a second answer on the connection, got {client.ending()}")


def _in_order(peer: Peer) -> None:
    plain = page(peer)
    missing = ask(peer.again(), _MISSING)
    client = Client(peer)
    client.send(PLAIN + _MISSING + PLAIN)
    wanted, found = [plain.status, missing.status, plain.status], []
    for status in wanted:
        answer = client.maybe_answer()
        if answer is None:
            break
        found.append(answer.status)
        if answer.status != status:
            raise CheckFailed(f"expected {wanted}, got {found}")
    if len(found) < 3 and not peer.ended:
        raise CheckFailed(f"expected three answers, got {len(found)}: {found}")


def _all_at_once(peer: Peer) -> None:
    plain = page(peer)
    client = Client(peer)
    client.send(PLAIN * PIPELINED)
    for number in range(1, PIPELINED + 1):
        answer = client.maybe_answer()
        if answer is None:
            if peer.ended:
                return  # a server may close whenever it likes
            raise CheckFailed(f"expected {PIPELINED} answers, got {number - 1} and then nothing")
        if (answer.status, answer.body) != (plain.status, plain.body):
            raise CheckFailed(f"answer {number} of {PIPELINED} to the same request differs from the others ({answer.status})")


def _closes(peer: Peer) -> None:
    client = Client(peer)
    client.send(_CLOSE)
    client.answer()
    if not client.closes():
        raise CheckFailed("expected the connection to be closed behind the answer, it stays open")


def _announces_close(peer: Peer) -> None:
    if b"close" not in ask(peer, _CLOSE).members(b"connection"):
        raise CheckFailed("expected Connection: close in the last answer, it is missing")


def _nothing_behind_close(peer: Peer) -> None:
    client = Client(peer)
    client.send(_CLOSE + PLAIN)
    client.answer()
    late = client.maybe_answer()
    if late is not None:
        raise CheckFailed(f"expected no answer behind the one that closes, got {late.status}")


def _old_version_closes(peer: Peer) -> None:
    client = Client(peer)
    client.send(b"GET %(path)s HTTP/1.0\r\nHost: %(host)s\r\n\r\n")
    answer = client.answer()
    if answer.framing != "close" and not client.closes():
        raise CheckFailed("expected the connection to be closed behind an answer to HTTP/1.0, it stays open")


def _byte_by_byte(peer: Peer) -> None:
    plain = page(peer)
    client = Client(peer)
    request = PLAIN.replace(b"%(path)s", b"\1").replace(b"%(host)s", b"\2")
    for byte in request:
        client.send({1: b"%(path)s", 2: b"%(host)s"}.get(byte, bytes([byte])))
    expect(client.answer(), plain.status, of="a request in pieces")


def _content_in_pieces(peer: Peer) -> None:
    whole = ask(
        peer.again(),
        b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"POST",
    )
    client = Client(peer)
    client.send(b"POST %(upload)s HTTP/1.1\r\nHost: %(host)s\r\nTransfer-Encoding: chunked\r\n\r\n")
    for byte in b"5\r\nhello\r\n0\r\n\r\n":
        client.send(bytes([byte]))
    expect(client.answer(b"POST"), whole.status, of="a body in pieces")


def _half_close(peer: Peer) -> None:
    client = Client(peer)
    client.send(PLAIN)
    peer.finish()
    client.answer()


def _garbage_behind(peer: Peer) -> None:
    plain = page(peer)
    client = Client(peer)
    client.send(PLAIN + b"\x00\x01\x02 this is no request\r\n\r\n")
    expect(client.answer(), plain.status)
    second = client.maybe_answer()
    if second is not None and second.status < 400:
        raise CheckFailed(f"expected 400 or the end behind the answer, got {second.status}")
    if second is None and not peer.ended:
        raise CheckFailed("expected 400 or the end for what is no request, got nothing")


def _not_http(peer: Peer) -> None:
    peer.send(_TLS_HELLO + b"\r\n\r\n")
    said = peer.receive(lambda data: b"\r\n\r\n" in data)
    if not said and not peer.ended:
        raise CheckFailed("expected 400 or the end of the connection, got nothing")


CHECKS = (
    should("persists", "RFC 9112 9.3", "Connections of HTTP/1.1 persist", _persists),
    Check(
        name="pipelining-order",
        section="RFC 9112 9.3.2",
        rule="Requests sent at once are answered in their order",
        run=_in_order,
    ),
    Check(
        name="pipelining-many",
        section="RFC 9112 9.3.2",
        rule=f"{PIPELINED} equal requests at once get as many equal answers",
        run=_all_at_once,
    ),
    Check(
        name="close-closes",
        section="RFC 9112 9.6",
        rule="A request with Connection: close is the last one: the server closes behind its answer",
        run=_closes,
    ),
    should("close-is-announced", "RFC 9112 9.6", "The last answer says Connection: close", _announces_close),
    Check(
        name="close-ends-it",
        section="RFC 9112 9.6",
        rule="What follows a request with Connection: close is not processed",
        run=_nothing_behind_close,
    ),
    Check(
        name="http-1-0-closes",
        section="RFC 9112 9.3",
        rule="Behind an answer to HTTP/1.0 without keep-alive the connection is closed",
        run=_old_version_closes,
    ),
    Check(
        name="request-in-pieces",
        section="RFC 9112 2.2",
        rule="A request is the same however it is cut into segments: here, single bytes",
        run=_byte_by_byte,
    ),
    Check(
        name="content-in-pieces",
        section="RFC 9112 7.1",
        rule="Chunks are the same however they are cut into segments: here, single bytes",
        run=_content_in_pieces,
    ),
    should("half-close", "RFC 9112 9.6", "A client that has sent all it wants and says so still gets its answer", _half_close),
    Check(
        name="garbage-behind-request",
        section="RFC 9112 2.2",
        rule="What follows a request and is none is no reason to lose its answer, nor to wait",
        run=_garbage_behind,
    ),
    should(
        "garbage",
        "RFC 9112 2.2",
        "What is no request at all is answered with 400, and the connection closed",
        refused(b"this is no request\r\n\r\n", 400, 501, 505, closes=True),
    ),
    should("not-http", "RFC 9112 2.2", "A TLS hello on a port without TLS gets an answer or the end", _not_http),
)

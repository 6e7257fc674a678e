"""Cases about CONNECT (RFC 9113 8.5), extended CONNECT (RFC 8441) and the Upgrade from HTTP/1.1 (RFC 7540 3.2).

The option `websocket` names a path that echoes WebSockets (default `/ws`).
"""

from collections.abc import Callable

from workbench.api import CheckFailed, CheckSkipped, Peer
from workbench_http2.checks.literals import block
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, expect_alive, expect_answer, expect_malformed, refuses
from workbench_http2.server_frames import END_HEADERS, END_STREAM, PREFACE, FrameType, SettingId, build, settings

__all__ = ["CHECKS"]

_MASKED = b"\x81\x82\x01\x02\x03\x04" + bytes((ord("h") ^ 1, ord("i") ^ 2))
_CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"


def _connect(*fields: tuple[bytes, bytes]) -> bytes:
    return build(FrameType.HEADERS, END_HEADERS, 1, block([(b":method", b"CONNECT"), *fields]))


def _extended(talk: Talk, stream: int = 1) -> bytes:
    fields = talk.fields(b"CONNECT", [(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")], path=_path(talk.peer))
    return build(FrameType.HEADERS, END_HEADERS, stream, block(fields))


def _path(peer: Peer) -> str:
    return peer.options.get("websocket", "/ws")


def _socket(peer: Peer) -> Talk:
    """A conversation in which stream 1 carries a WebSocket."""
    talk = greet(peer)
    if talk.settings.get(SettingId.ENABLE_CONNECT_PROTOCOL) != 1:
        raise CheckSkipped("the target does not announce ENABLE_CONNECT_PROTOCOL")
    talk.send(_extended(talk))
    talk.until(lambda: bool(talk.answer(1).status) or talk.over(1))
    if talk.answer(1).status in (400, 404, 501):
        raise CheckSkipped(f"{_path(peer)} is no WebSocket of the target; name one with the option websocket")
    if talk.answer(1).status != 200:
        raise CheckFailed(f"expected status 200, got {talk.answer(1).status}; {talk.heard()}")
    return talk


def _echoed(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(build(FrameType.DATA, 0, 1, _MASKED[:3]), build(FrameType.DATA, 0, 1, _MASKED[3:]))
    talk.until(lambda: len(talk.answer(1).body) >= 4 or talk.over(1))
    if bytes(talk.answer(1).body[:4]) != b"\x81\x02hi":
        raise CheckFailed(f"expected an echo in WebSocket frames, got {bytes(talk.answer(1).body[:40])!r}; {talk.heard()}")


def _closed_in_order(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(build(FrameType.DATA, END_STREAM, 1, _CLOSE))
    if not talk.until_over(1) or not talk.answer(1).ended:
        raise CheckFailed(f"expected END_STREAM behind the closing handshake, got {talk.heard()}")
    expect_alive(talk)


def _beside_requests(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(talk.request(3))
    expect_answer(talk, 3)
    talk.send(build(FrameType.DATA, 0, 1, _MASKED))
    talk.until(lambda: len(talk.answer(1).body) >= 4 or talk.over(1))
    if not talk.answer(1).body:
        raise CheckFailed(f"expected the WebSocket to go on beside a request, got {talk.heard()}")


def _no_handshake_fields(peer: Peer) -> None:
    talk = _socket(peer)
    names = [name for name, _ in talk.answer(1).heads[0]]
    wrong = [name for name in names if name in (b"sec-websocket-accept", b"upgrade", b"connection")]
    if wrong:
        raise CheckFailed(f"expected none of HTTP/1.1's handshake fields, got {wrong}")


def _half_a_tunnel(without: bytes) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = greet(peer)
        if talk.settings.get(SettingId.ENABLE_CONNECT_PROTOCOL) != 1:
            raise CheckSkipped("the target does not announce ENABLE_CONNECT_PROTOCOL")
        fields = talk.fields(b"CONNECT", [(b":protocol", b"websocket")], path=_path(peer), without=without)
        talk.send(build(FrameType.HEADERS, END_HEADERS, 1, block(fields)))
        expect_malformed(talk, 1)

    return run


def _upgraded(peer: Peer) -> None:
    if peer.tls:
        raise CheckSkipped("the Upgrade is for cleartext")
    talk = Talk(peer)
    host = dict(talk.fields())[b":authority"]
    path = dict(talk.fields())[b":path"]
    peer.send(
        b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
        % (path, host)
    )
    head = peer.receive(lambda data: b"\r\n\r\n" in data)
    if not head.startswith(b"HTTP/1.1 101"):
        raise CheckSkipped("the target does not upgrade to h2c")
    talk.hear(head.partition(b"\r\n\r\n")[2])
    talk.send(PREFACE, settings())
    if not talk.until_frame(FrameType.SETTINGS):
        raise CheckFailed(f"expected SETTINGS behind the 101, got {talk.heard()}")
    expect_answer(talk, 1)
    talk.send(talk.request(3))
    expect_answer(talk, 3)


CHECKS = (
    case("connect-with-path", "9113 8.5", "CONNECT with a path makes a request malformed.",
         refuses(_connect((b":path", b"/"), (b":authority", b"example.org:443")))),
    case("connect-with-scheme", "9113 8.5", "CONNECT with a scheme makes a request malformed.",
         refuses(_connect((b":scheme", b"https"), (b":authority", b"example.org:443")))),
    case("connect-without-authority", "9113 8.5", "CONNECT without an authority makes a request malformed.", refuses(_connect())),
    case("protocol-without-connect", "8441 4", ":protocol in another request than CONNECT makes it malformed.",
         refuses(lambda talk: talk.request(1, extra=[(b":protocol", b"websocket")]))),
    case("websocket-without-scheme", "8441 4", "Extended CONNECT without a scheme is malformed.", _half_a_tunnel(b":scheme")),
    case("websocket-without-path", "8441 4", "Extended CONNECT without a path is malformed.", _half_a_tunnel(b":path")),
    case("websocket-echo", "8441 5", "Extended CONNECT is answered with 200, and DATA carries WebSocket frames both ways.",
         _echoed),
    case("websocket-fields", "8441 5", "The handshake fields of HTTP/1.1 do not come in the answer to extended CONNECT.",
         _no_handshake_fields),
    case("websocket-closed", "8441 5", "The end of a WebSocket is END_STREAM, and the connection goes on.", _closed_in_order),
    case("websocket-beside-requests", "8441 5", "Requests on other streams do not disturb a WebSocket.", _beside_requests),
    case("upgrade-h2c", "7540 3.2", "Behind 101 come SETTINGS, then the response on stream 1, then all of HTTP/2.", _upgraded),
)  # fmt: skip

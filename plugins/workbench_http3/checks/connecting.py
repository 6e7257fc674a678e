"""Cases about CONNECT (RFC 9114 4.4), WebSockets over extended CONNECT (RFC 9220) and HTTP datagrams (RFC 9297).

The option `websocket` names a path that echoes WebSockets (default `/ws`), `udp` one that proxies UDP to an echo service (default
`/.well-known/masque/udp/localhost/7/`).
"""

from collections.abc import Callable

from workbench.api import CheckFailed, CheckSkipped, Datagram, Peer, StreamData, StreamReset, varint
from workbench_http3.checks.talk import Talk, data, greet, headers
from workbench_http3.checks.verdicts import (
    case,
    expect_alive,
    expect_answer,
    expect_connection_error,
    expect_malformed,
    expect_stream_error,
    refuses,
    should,
)
from workbench_http3.names import Setting
from workbench_http3.server_frames import ErrorCode

__all__ = ["CHECKS"]

_MASKED = b"\x81\x82\x01\x02\x03\x04" + bytes((ord("h") ^ 1, ord("i") ^ 2))
_CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"
_PAYLOAD = b"\x00is there anybody?"
"""Context 0 and a UDP payload (RFC 9298 5)."""


def _connect(*fields: tuple[bytes, bytes]) -> StreamData:
    return StreamData(0, headers([(b":method", b"CONNECT"), *fields]), True)


def _extended(talk: Talk, protocol: bytes, path: str, *extra: tuple[bytes, bytes], without: bytes = b"") -> StreamData:
    fields = talk.fields(b"CONNECT", extra, path=path, without=without)
    return StreamData(0, headers([(b":protocol", protocol), *fields]))


def _able(peer: Peer, setting: Setting = Setting.ENABLE_CONNECT_PROTOCOL) -> Talk:
    """A conversation with a target that announces this."""
    talk = greet(peer, [(Setting.H3_DATAGRAM, 1)])
    if talk.settings.get(setting) != 1:
        raise CheckSkipped(f"the target does not announce {setting.name}")
    return talk


def _path(peer: Peer) -> str:
    return peer.options.get("websocket", "/ws")


def _opened(talk: Talk, said: StreamData, what: str) -> Talk:
    """Stream 0 is a tunnel."""
    talk.send(said)
    talk.until(lambda: bool(talk.answer(0).status) or talk.over(0) or talk.closed is not None)
    if talk.answer(0).status in (400, 403, 404, 405, 501):
        raise CheckSkipped(f"{what} is none of the target's; name one with an option")
    if talk.answer(0).status != 200:
        raise CheckFailed(f"expected status 200, got {talk.answer(0).status}; {talk.heard()}")
    return talk


def _socket(peer: Peer) -> Talk:
    """A conversation in which stream 0 carries a WebSocket."""
    talk = _able(peer)
    return _opened(talk, _extended(talk, b"websocket", _path(peer), (b"sec-websocket-version", b"13")), _path(peer))


def _udp(peer: Peer) -> Talk:
    """A conversation in which stream 0 proxies UDP."""
    path = peer.options.get("udp", "/.well-known/masque/udp/localhost/7/")
    talk = _able(peer)
    return _opened(talk, _extended(talk, b"connect-udp", path, (b"capsule-protocol", b"?1")), path)


def _echoed(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(StreamData(0, data(_MASKED[:3])), StreamData(0, data(_MASKED[3:])))
    talk.until(lambda: len(talk.answer(0).body) >= 4 or talk.over(0))
    if bytes(talk.answer(0).body[:4]) != b"\x81\x02hi":
        raise CheckFailed(f"expected an echo in WebSocket frames, got {bytes(talk.answer(0).body[:40])!r}; {talk.heard()}")


def _closed_in_order(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(StreamData(0, data(_CLOSE), True))
    if not talk.until_over(0) or not talk.answer(0).ended:
        raise CheckFailed(f"expected the end of the stream behind the closing handshake, got {talk.heard()}")
    expect_alive(talk)


def _reset(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(StreamReset(0, ErrorCode.H3_REQUEST_CANCELLED))
    if not talk.until_over(0):
        raise CheckFailed(f"expected the other direction to end, too, got {talk.heard()}")
    expect_alive(talk)


def _beside_requests(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(talk.request(4))
    expect_answer(talk, 4)
    talk.send(StreamData(0, data(_MASKED)))
    talk.until(lambda: len(talk.answer(0).body) >= 4 or talk.over(0))
    if not talk.answer(0).body:
        raise CheckFailed(f"expected the WebSocket to go on beside a request, got {talk.heard()}")


def _no_handshake_fields(peer: Peer) -> None:
    talk = _socket(peer)
    names = [name for name, _ in talk.answer(0).heads[0]]
    wrong = [name for name in names if name in (b"sec-websocket-accept", b"upgrade", b"connection")]
    if wrong:
        raise CheckFailed(f"expected none of HTTP/1.1's handshake fields, got {wrong}")


def _headers_in_tunnel(peer: Peer) -> None:
    talk = _socket(peer)
    talk.send(StreamData(0, headers([(b"x-test", b"ok")])))
    expect_connection_error(talk, ErrorCode.H3_FRAME_UNEXPECTED)


def _half_a_tunnel(without: bytes) -> Callable[[Peer], None]:
    def run(peer: Peer) -> None:
        talk = _able(peer)
        said = _extended(talk, b"websocket", _path(peer), (b"sec-websocket-version", b"13"), without=without)
        talk.send(StreamData(0, said.data, True))
        expect_malformed(talk, 0)

    return run


def _unknown_protocol(peer: Peer) -> None:
    talk = _able(peer)
    talk.send(_extended(talk, b"workbench-nonsense", "/"))
    talk.until(lambda: bool(talk.answer(0).status) or talk.over(0) or talk.closed is not None)
    if talk.answer(0).status != 501:
        raise CheckFailed(f"expected status 501, got {talk.answer(0).status}; {talk.heard()}")


def _broken_datagram(payload: bytes) -> Callable[[Peer], None]:
    """A QUIC datagram that is no HTTP datagram ends the connection."""

    def run(peer: Peer) -> None:
        talk = _able(peer, Setting.H3_DATAGRAM)
        talk.send(Datagram(payload))
        expect_connection_error(talk, ErrorCode.H3_DATAGRAM_ERROR, ErrorCode.H3_ID_ERROR)

    return run


def _unwanted_datagram(peer: Peer) -> None:
    talk = _able(peer, Setting.H3_DATAGRAM)
    talk.send(talk.request(0, b"POST", end=False))
    talk.send(Datagram(varint(0) + b"nobody asked"))
    expect_stream_error(talk, 0, ErrorCode.H3_DATAGRAM_ERROR)


def _late_datagram(peer: Peer) -> None:
    talk = _able(peer, Setting.H3_DATAGRAM)
    talk.send(talk.request(0))
    expect_answer(talk, 0)
    talk.send(Datagram(varint(0) + b"too late"))
    expect_alive(talk)


def _datagram_echo(peer: Peer) -> None:
    talk = _udp(peer)
    talk.send(Datagram(varint(0) + _PAYLOAD))
    talk.until(lambda: bool(talk.datagrams) or talk.closed is not None)
    if talk.datagrams[:1] != [varint(0) + _PAYLOAD]:
        raise CheckFailed(f"expected the payload to come back, got {talk.datagrams[:1]}; {talk.heard()}")


def _capsule_echo(peer: Peer) -> None:
    talk = _udp(peer)
    said = b"\x29\x03???" + b"\x00" + varint(len(_PAYLOAD)) + _PAYLOAD
    talk.send(StreamData(0, data(said[:9])), StreamData(0, data(said[9:])))
    talk.until(lambda: bool(talk.datagrams) or len(talk.answer(0).body) > len(_PAYLOAD) or talk.over(0))
    if _PAYLOAD not in bytes(talk.answer(0).body) and varint(0) + _PAYLOAD not in talk.datagrams:
        raise CheckFailed(f"expected the payload to come back, got {bytes(talk.answer(0).body[:40])!r}; {talk.heard()}")


def _capsule_cut_off(peer: Peer) -> None:
    talk = _udp(peer)
    talk.send(StreamData(0, data(b"\x00\x20abc"), True))
    expect_stream_error(talk, 0, ErrorCode.H3_MESSAGE_ERROR, ErrorCode.H3_REQUEST_INCOMPLETE, ErrorCode.H3_DATAGRAM_ERROR)


CHECKS = (
    case("connect-with-path", "9114 4.4", "CONNECT with a path makes a request malformed.",
         refuses(_connect((b":path", b"/"), (b":authority", b"example.org:443")))),
    case("connect-with-scheme", "9114 4.4", "CONNECT with a scheme makes a request malformed.",
         refuses(_connect((b":scheme", b"https"), (b":authority", b"example.org:443")))),
    case("connect-without-authority", "9114 4.4", "CONNECT without an authority makes a request malformed.", refuses(_connect())),
    case("protocol-without-connect", "9220 3", ":protocol in another request than CONNECT makes it malformed.",
         refuses(lambda talk: StreamData(0, headers([(b":protocol", b"websocket"), *talk.fields()]), True))),
    case("websocket-without-scheme", "9220 3", "Extended CONNECT without a scheme is malformed.", _half_a_tunnel(b":scheme")),
    case("websocket-without-path", "9220 3", "Extended CONNECT without a path is malformed.", _half_a_tunnel(b":path")),
    case("websocket-without-authority", "9220 3", "Extended CONNECT without an authority is malformed.",
         _half_a_tunnel(b":authority")),
    should("protocol-unknown", "9220 3", "Extended CONNECT for a protocol that nobody knows is answered with 501.",
           _unknown_protocol),
    case("websocket-echo", "9220 3", "Extended CONNECT is answered with 200, and DATA carries WebSocket frames both ways.",
         _echoed),
    case("websocket-fields", "9220 3", "The handshake fields of HTTP/1.1 do not come in the answer to extended CONNECT.",
         _no_handshake_fields),
    case("websocket-closed", "9220 3", "The end of a WebSocket is the end of its stream, and the connection goes on.",
         _closed_in_order),
    case("websocket-reset", "9220 3", "The reset of a WebSocket ends its stream, and the connection goes on.", _reset),
    case("websocket-beside-requests", "9220 3", "Requests on other streams do not disturb a WebSocket.", _beside_requests),
    case("tunnel-headers", "9114 4.4", "HEADERS inside a tunnel are H3_FRAME_UNEXPECTED.", _headers_in_tunnel),
    case("datagram-empty", "9297 2.1", "A datagram without a stream is H3_DATAGRAM_ERROR.", _broken_datagram(b"")),
    case("datagram-cut-off", "9297 2.1", "A datagram that ends inside its stream's number is H3_DATAGRAM_ERROR.",
         _broken_datagram(b"\x40")),
    case("datagram-stream-beyond", "9297 2.1", "A datagram for a stream that cannot be is H3_DATAGRAM_ERROR.",
         _broken_datagram(varint(1 << 60) + b"x")),
    case("datagram-unwanted", "9297 2", "A datagram for a request that has no use for it aborts that request.", _unwanted_datagram),
    case("datagram-late", "9297 2.1", "A datagram for a request that is over is dropped.", _late_datagram),
    case("datagram-echo", "9298 5", "Datagrams of context 0 carry UDP payloads both ways.", _datagram_echo),
    case("capsule-echo", "9297 3.5", "DATAGRAM capsules may stand for datagrams, and unknown ones are skipped.", _capsule_echo),
    case("capsule-cut-off", "9297 3.3", "A stream that ends inside a capsule is malformed.", _capsule_cut_off),
)  # fmt: skip

"""Valid client sides of sessions, each with its handshake as real clients write it, and ending so that the server answers all of it."""

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_websocket.frames import build_frame
from workbench_websocket.opcodes import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS"]

_KEY = b"\x37\xfa\x21\x3d"
"""The masking key of RFC 6455 5.7."""

_RSV1 = 4
_HELLO = bytes.fromhex("f248cdc9c90700")
"""The text "Hello" compressed, and again with the context taken over (RFC 7692 7.2.3)."""
_HELLO_AGAIN = bytes.fromhex("f200110000")


def _lines(*lines: str) -> bytes:
    return "".join(line + "\r\n" for line in (*lines, "")).encode()


def _handshake(path: str, *more: str) -> bytes:
    """As Python's `websockets` writes it."""
    return _lines(
        f"GET {path} HTTP/1.1",
        "Host: workbench.test",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *more,
    )


def _browser(path: str) -> bytes:
    """As Chromium writes it."""
    return _lines(
        f"GET {path} HTTP/1.1",
        "Host: workbench.test",
        "Connection: Upgrade",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Upgrade: websocket",
        "Origin: http://workbench.test",
        "Sec-WebSocket-Version: 13",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Accept-Language: en-US,en;q=0.9",
        "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    )


def _frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    return build_frame(opcode, payload, fin=fin, rsv=rsv, key=_KEY)


def _close(code: int = 1000, reason: str = "") -> bytes:
    return _frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


_ECHO = _handshake("/echo")
_DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

SEEDS = (
    Seed("text", (_ECHO, _frame(TEXT, b"Hello"), _close(1000, "done"))),
    Seed("binary", (_ECHO, _frame(BINARY, bytes(range(256))), _frame(BINARY), _close())),
    Seed("ping", (_ECHO, _frame(PING, b"are you there"), _frame(PONG, b"unasked"), _frame(CLOSE))),
    Seed("fragments", (
        _ECHO,
        _frame(TEXT, b"one, ", fin=False),
        _frame(PING, b"between"),
        _frame(CONTINUATION, b"two, ", fin=False),
        _frame(PONG, b"between"),
        _frame(CONTINUATION, b"three"),
        _close(),
    )),
    Seed("binary-fragments", (
        _ECHO, _frame(BINARY, b"\0\1", fin=False), _frame(PING), _frame(CONTINUATION, b"", fin=False), _frame(PONG),
        _frame(CONTINUATION, b"\2"), _close(3000),
    )),
    Seed("closed-in-text", (_ECHO, _frame(TEXT, b"never ", fin=False), _close(1001, "going away"))),
    Seed("closed-in-binary", (_ECHO, _frame(BINARY, b"never ", fin=False), _close(4999))),
    Seed("utf8", (_ECHO, _frame(TEXT, "κόσμε".encode()[:5], fin=False), _frame(CONTINUATION, "κόσμε".encode()[5:]), _close(1000, "ἀντίο"))),
    Seed("lengths", (_ECHO, _frame(TEXT, b"a" * 125), _frame(TEXT, b"b" * 126), _frame(BINARY, b"c" * 65_536), _close())),
    Seed("compressed", (
        _browser("/echo"),
        _frame(TEXT, _HELLO, rsv=_RSV1),
        _frame(TEXT, _HELLO_AGAIN, rsv=_RSV1), _frame(TEXT, b"not compressed"), _close(),
    )),
    Seed("compressed-fragments", (
        _handshake("/echo", _DEFLATE + "; client_no_context_takeover; server_no_context_takeover; server_max_window_bits=10"),
        _frame(TEXT, _HELLO[:3], fin=False, rsv=_RSV1),
        _frame(CONTINUATION, _HELLO[3:]),
        _frame(TEXT, _HELLO, rsv=_RSV1),
        _frame(TEXT, b"a text that is so long that the server finds it worth while to compress it, it, it"),
        _close(),
    )),
    Seed("subprotocol", (_handshake("/", "Sec-WebSocket-Protocol: chat, superchat"), _frame(TEXT, b"{}"), _close())),
    Seed("broadcast", (_handshake("/broadcast"), _frame(TEXT, b"to everybody"), _close())),
    Seed("asked", (_handshake("/ping"), _frame(TEXT, b"ask me"), _frame(PONG, b"ask me"), _close())),
    Seed("told-to-close", (_handshake("/close?code=4000&reason=as+you+wish"), _frame(TEXT, b"now"), _close(4000))),
    Seed("version", (_lines(
        "GET /echo HTTP/1.1", "Host: workbench.test", "Upgrade: websocket", "Connection: keep-alive, Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 8",
    ),)),
)  # fmt: skip

_TOKEN = b"sesame-5b1f07c2"
SECRET = Secret(Seed("secret", (_ECHO, _frame(TEXT, _TOKEN))), _TOKEN)
"""Somebody else's echo: its content must not turn up in any other session. (Broadcasts may be read by everybody.)"""

TOKENS = (
    b"\r\n", b"\r\n\r\n", b"Upgrade: websocket\r\n", b"Connection: Upgrade\r\n", b"Sec-WebSocket-Version: 13\r\n",
    b"Sec-WebSocket-Version: ",
    b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Protocol: ", b"Sec-WebSocket-Extensions: permessage-deflate\r\n", b"permessage-deflate",
    b"; server_no_context_takeover", b"; client_no_context_takeover", b"; server_max_window_bits=", b"; client_max_window_bits",
    b"\x81\x80", b"\x82\xfe", b"\x82\xff", b"\x01\x80", b"\x00\x80", b"\x80\x80", b"\x88\x80", b"\x88\x82", b"\x89\x80", b"\x8a\x80",
    b"\xc1\x80", b"\xf1\x80", b"\x7e", b"\x7f", b"\xfe\x00\x7e",
    b"\xff\x00\x00\x00\x00\x00\x01\x00\x00", b"\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x03\xe8", b"\x03\xed", b"\x03\xf7", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x00\x00\xff\xff",
)  # fmt: skip
"""What a byte-level mutator should know about: beginnings of frames, lengths, close codes, broken UTF-8, the tail of DEFLATE blocks."""

HINTS = Hints(
    tokens=TOKENS,
    keep=("method", "version", "headers.name", "head.mask"),
    replies=("http.response.code", "websocket.payload.close.status_code"),
    secret=SECRET,
    mutators=list_on_demand("workbench_websocket.mutators:MUTATORS"),
)

"""Valid client sides of sessions: some as curl, nghttp and h2load sent them to a server, some made by hand for what those do not do.

Each message is one frame, the preface one by itself. Every session ends so that the reference server answers all of it.
"""

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_http2.answers import answer
from workbench_http2.server_frames import (
    ACK,
    END_HEADERS,
    END_STREAM,
    PADDED,
    PREFACE,
    PRIORITY,
    ErrorCode,
    FrameType,
    SettingId,
    build,
    goaway,
    rst_stream,
    settings,
    window_update,
)

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS"]


def _name(value: bytes) -> bytes:
    return bytes((len(value),)) + value


def _fields(*pairs: tuple[bytes, bytes], pattern: int = 0x00) -> bytes:
    """Literal fields (RFC 7541 6.2), all shorter than 127 bytes."""
    return b"".join(bytes((pattern,)) + _name(name) + _name(value) for name, value in pairs)


def _request(
    stream: int,
    method: bytes,
    path: bytes,
    *more: tuple[bytes, bytes],
    flags: int = END_STREAM | END_HEADERS,
    pattern: int = 0x00,
) -> bytes:
    head = ((b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", b"workbench.test"))
    return build(FrameType.HEADERS, flags, stream, _fields(*head, *more, pattern=pattern))


def _data(stream: int, content: bytes, *, end: bool = True) -> bytes:
    return build(FrameType.DATA, END_STREAM if end else 0, stream, content)


def _headers(stream: int, flags: int, block: str) -> bytes:
    return build(FrameType.HEADERS, flags, stream, bytes.fromhex(block))


def _seed(name: str, *frames: bytes) -> Seed:
    return Seed(name, (PREFACE, *frames))


# what curl 7.88.1 and nghttp 1.52.0 said to this server
_CURL_SETTINGS = settings([(3, 100), (4, 0x0200_0000), (2, 0)])
_CURL_WINDOW = window_update(0, 0x01FF_0001)
_NGHTTP_TREE = tuple(
    build(FrameType.PRIORITY, 0, stream, bytes.fromhex(payload))
    for stream, payload in ((3, "00000000c8"), (5, "0000000064"), (7, "0000000000"), (9, "0000000700"), (11, "0000000300"))
)
_NGHTTP_GET = "0000000b0f8204886272d141d74f94ff86418b089d5c0b8170dc13cebaef53032a2f2a907a8aaa69d29ac4c0576c4b83"
_END = END_STREAM | END_HEADERS
_ACKNOWLEDGED = settings(flags=ACK)
_BYE = goaway(0, ErrorCode.NO_ERROR)
_FORM = b"name=workbench&kind=protocol"

_RECORDED = (
    _seed("curl-get", _CURL_SETTINGS, _CURL_WINDOW,
          _headers(1, _END, "828486418b089d5c0b8170dc13cebaef7a8825b650c3abbcf2e153032a2f2a"), _ACKNOWLEDGED),
    _seed("curl-post", _CURL_SETTINGS, _CURL_WINDOW,
          _headers(1, END_HEADERS, "83048460a49cff86418b089d5c0b8170dc13cebaef7a8825b650c3abbcf2e153032a2f2a0f0d0232385f981d75d0620d263"
                                   "d4c795bc78f0b4a7b295adb282d443c8593"), _data(1, _FORM), _ACKNOWLEDGED),
    _seed("curl-gzip", _CURL_SETTINGS, _CURL_WINDOW,
          _headers(1, _END, "8204876241a46bf441ea86418b089d5c0b8170dc13cebaef7a8825b650c3abbcf2e153032a2f2a40027465864d833505b11f50839bd9"
                            "ab"), _ACKNOWLEDGED),
    _seed("nghttp-get", settings([(3, 100), (4, 65_535)]), *_NGHTTP_TREE, _headers(13, _END | PRIORITY, _NGHTTP_GET), _BYE),
    _seed("nghttp-upload", settings([(3, 100), (4, 65_535)]), *_NGHTTP_TREE,
          _headers(13, END_HEADERS | PRIORITY | PADDED,
                   "070000000b0f83048460a49cff86418b089d5c0b8170dc13cebaef53032a2f2a907a8aaa69d29ac4c0576c4b830f0d02323840854d833505b384f2"
                   "b22da7be00000000000000"),
          build(FrameType.DATA, PADDED, 13, b"\x07" + _FORM + bytes(7)),
          _headers(13, _END | PADDED, "074084f2b22da7013100000000000000"), _BYE),
    _seed("nghttp-windows", settings([(3, 100), (4, 15), (2, 0)]), *_NGHTTP_TREE, _headers(13, _END | PRIORITY, _NGHTTP_GET),
          _headers(15, _END | PRIORITY, "0000000b0f8204876241a46bf441ea86c0bf90be"), _ACKNOWLEDGED, window_update(13, 15),
          *[window_update(15, 15)] * 4, _BYE),
    _seed("h2load", settings([(2, 0), (4, 0x3FFF_FFFF)]), window_update(0, 0x3FFF_0000),
          _headers(1, _END, "04886272d141d74f94ff86418b089d5c0b8170dc13cebaef827a8f9c541c722954d3a5358980aed89707"),
          _headers(3, _END, "04886272d141d74f94ff86bf82be"), _BYE),
)  # fmt: skip

_CONTINUED = _request(1, b"GET", b"/hello.txt", (b"x-long", b"v" * 100))
_TUNNEL = ((b":protocol", b"websocket"), (b"sec-websocket-version", b"13"), (b"sec-websocket-protocol", b"echo"))
_TEXT = b"\x81\x85\x01\x02\x03\x04" + bytes(byte ^ mask for byte, mask in zip(b"hello", b"\1\2\3\4\1", strict=True))
_CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"

_BY_HAND = (
    _seed("head", settings(), _request(1, b"HEAD", b"/hello.txt")),
    _seed("indexed", settings(), _request(1, b"GET", b"/data.json", (b"user-agent", b"workbench"), pattern=0x40),
          build(FrameType.HEADERS, _END, 3, b"\xc2\xc1\xc0\xbf\xbe")),
    _seed("never-indexed", settings(), _request(1, b"GET", b"/", (b"authorization", b"Basic d29yazpiZW5jaA=="), pattern=0x10)),
    _seed("table-sizes", settings([(SettingId.HEADER_TABLE_SIZE, 8_192)]),
          build(FrameType.HEADERS, _END, 1, b"\x20\x3f\xe1\x1f" + _request(1, b"GET", b"/")[9:])),
    _seed("continuation", settings(), build(FrameType.HEADERS, END_STREAM, 1, _CONTINUED[9:40]),
          build(FrameType.CONTINUATION, 0, 1, _CONTINUED[40:90]), build(FrameType.CONTINUATION, END_HEADERS, 1, _CONTINUED[90:])),
    _seed("put-get-delete", settings(), _request(1, b"PUT", b"/store/a", (b"content-length", b"6"), flags=END_HEADERS),
          _data(1, b"abc", end=False), _data(1, b"def"), _request(3, b"GET", b"/store/a"), _request(5, b"DELETE", b"/store/a")),
    _seed("echo-length", settings(), _request(1, b"POST", b"/echo", (b"x-echo-length", b"4"), flags=END_HEADERS), _data(1, b"abcdefgh")),
    _seed("expect-continue", settings(), _request(1, b"POST", b"/echo", (b"expect", b"100-continue"), flags=END_HEADERS), _data(1, b"hi")),
    _seed("range", settings(), _request(1, b"GET", b"/bytes/100", (b"range", b"bytes=10-19"))),
    _seed("conditional", settings(), _request(1, b"GET", b"/hello.txt", (b"if-none-match", b"*"))),
    _seed("trailers-back", settings(), _request(1, b"GET", b"/stream?parts=3", (b"te", b"trailers"))),
    _seed("hints", settings(), _request(1, b"GET", b"/hints", (b"priority", b"u=1, i"))),
    _seed("options", settings(), _request(1, b"OPTIONS", b"*")),
    _seed("cookies", settings(), _request(1, b"GET", b"/health", (b"cookie", b"a=b"), (b"cookie", b"c=d"))),
    _seed("escaped", settings(), _request(1, b"GET", b"/hello%2Etxt")),
    _seed("interleaved", settings(), _request(1, b"POST", b"/echo", flags=END_HEADERS), _request(3, b"POST", b"/echo", flags=END_HEADERS),
          _data(3, b"three", end=False), _data(1, b"one"), _data(3, b"3")),
    _seed("windows", settings([(SettingId.INITIAL_WINDOW_SIZE, 5)]), _request(1, b"GET", b"/hello.txt"), window_update(1, 10),
          settings([(SettingId.INITIAL_WINDOW_SIZE, 100)]), window_update(0, 1_000)),
    _seed("ping", settings(), build(FrameType.PING, 0, 0, b"workbnch"), _request(1, b"GET", b"/health")),
    _seed("reset", settings([(SettingId.INITIAL_WINDOW_SIZE, 0)]), _request(1, b"GET", b"/bytes/5000"), rst_stream(1, ErrorCode.CANCEL),
          _request(3, b"HEAD", b"/")),
    _seed("all-settings", settings([(1, 4_096), (2, 0), (3, 10), (4, 65_535), (5, 32_768), (6, 65_536), (8, 0), (9, 1), (0x1A2A, 7)]),
          _request(1, b"GET", b"/health")),
    _seed("extensions", settings(), build(0x10, 0, 0, b"\0\0\0\1u=3"), build(0xFA, 0x80, 0, b"grease"), _request(1, b"GET", b"/health")),
    _seed("websocket", settings(), _request(1, b"CONNECT", b"/ws", *_TUNNEL, flags=END_HEADERS),
          _data(1, _TEXT, end=False), _data(1, _CLOSE)),
)  # fmt: skip

SEEDS = (*_RECORDED, *_BY_HAND)

_TOKEN = b"sesame-52c1e08b"
SECRET = Secret(_seed("secret", settings(), _request(1, b"POST", b"/echo", flags=END_HEADERS), _data(1, _TOKEN)), _TOKEN)
"""Somebody else's session: its content must not turn up in any other."""

TOKENS = (
    PREFACE, settings(), settings(flags=ACK), rst_stream(1, 8), window_update(0, 0), window_update(1, 2**31 - 1), goaway(0, 0),
    build(FrameType.PING, 0, 0, bytes(8)), build(FrameType.CONTINUATION, END_HEADERS, 1), build(FrameType.DATA, PADDED, 1, b"\xff"),
    build(FrameType.PRIORITY, 0, 1, b"\0\0\0\1\0"), build(FrameType.PUSH_PROMISE, END_HEADERS, 1, b"\0\0\0\2"),
    settings([(SettingId.HEADER_TABLE_SIZE, 0)]), settings([(SettingId.INITIAL_WINDOW_SIZE, 2**31)]),
    settings([(SettingId.MAX_FRAME_SIZE, 0)]),
    b"\x00\x40\x00", b"\x00\x40\x01", b"\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x00",
    b"\x82", b"\x83", b"\x84", b"\x86", b"\xbe", b"\xbf", b"\x80", b"\x20", b"\x3f\xe1\x1f", b"\x3f\xe1\x7f", b"\xff\xff\xff\xff\x0f",
    b"\x00\x01a\x00", b"\x40\x01a\x01b", b"\x84\xff\xff\xff\xff", b":method", b":path", b":authority", b":scheme", b":status", b":protocol",
    b"CONNECT", b"HEAD", b"websocket", b"connection", b"transfer-encoding", b"content-length", b"te", b"trailers", b"range",
    b"x-echo-length", b"/ws", b"/echo", b"/bytes/1073741824", b"/stream?parts=100", b"%",
)  # fmt: skip
"""What a byte-level mutator should know about: frames, edges of lengths and windows, pieces of HPACK, names with a meaning."""

HINTS = Hints(
    tokens=TOKENS,
    answer=answer,
    replies=("http2.headers.status", "http2.rst_stream.error", "http2.goaway.error"),
    secret=SECRET,
    mutators=list_on_demand("workbench_http2.mutators:MUTATORS"),
)

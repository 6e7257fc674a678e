"""Valid client sides of sessions: some as curl, ngtcp2's client, aioquic and Chromium sent them to a server, some made by hand for what
those do not do.

Each message is one frame that QUIC carries (`workbench.api.carried`). Every session ends so that the reference server answers it.
"""

from workbench.api import Datagram, Hints, Secret, Seed, StopSending, StreamData, StreamReset, list_on_demand, varint
from workbench_http3.names import Capsule, Setting, StreamType, Type
from workbench_http3.qpack import pack
from workbench_http3.qpack_instructions import pack_instruction
from workbench_http3.values import build_piece

__all__ = ["HINTS", "SECRET", "SEEDS", "TOKENS"]

_CONTROL, _ENCODER, _DECODER = 2, 6, 10
"""Streams on which the sessions made by hand say what concerns the connection."""

Pair = tuple[bytes, bytes]


def _frame(kind: int, payload: bytes) -> bytes:
    return build_piece({"type": kind, "payload": payload})


def _literal(*pairs: Pair, never: bool = False) -> bytes:
    """A field section of literals."""
    return pack([{"form": "LITERAL", "name": name, "value": value, "never": never} for name, value in pairs])


def _settings(*pairs: tuple[int, int]) -> bytes:
    """The control stream with its settings."""
    payload = b"".join(varint(name) + varint(value) for name, value in pairs)
    return bytes(StreamData(_CONTROL, varint(StreamType.CONTROL) + _frame(Type.SETTINGS, payload)))


def _control(frame: bytes) -> bytes:
    return bytes(StreamData(_CONTROL, frame))


def _head(method: bytes, path: bytes, *more: Pair) -> bytes:
    """HEADERS of a request."""
    named = ((b":method", method), (b":scheme", b"https"), (b":authority", b"workbench.test"), (b":path", path))
    return _frame(Type.HEADERS, _literal(*named, *more))


def _ask(stream: int, method: bytes, path: bytes, *more: Pair) -> bytes:
    """A request without a body."""
    return bytes(StreamData(stream, _head(method, path, *more), end=True))


def _send(stream: int, method: bytes, path: bytes, content: bytes, *more: Pair) -> bytes:
    """A request with one."""
    return bytes(StreamData(stream, _head(method, path, *more) + _frame(Type.DATA, content), end=True))


def _encoder(*instructions: dict[str, object], opens: bool = True) -> bytes:
    head = varint(StreamType.ENCODER) if opens else b""
    return bytes(StreamData(_ENCODER, head + b"".join(map(pack_instruction, instructions))))


def _seed(name: str, *messages: bytes) -> Seed:
    return Seed(name, messages)


def _recorded(name: str, *messages: str) -> Seed:
    return Seed(name, tuple(bytes.fromhex(message) for message in messages))


# what curl 8 (ngtcp2, nghttp3), ngtcp2's gtlsclient, aioquic and Chromium said to this server
_RECORDED = (
    _recorded("curl",
              "0a021000040d06ffffffffffffffff01000700",
              "0a0a0103",
              "0a060102",
              "0b001e011c0000d1508b089d5c0b8170dc0b4f34cfd751886272d141d74f94ffdf",
              "0a06103fe11fc08b089d5c0b8170dc0b4f34cf",
              "0b0411010f0280d110d751876241a46bf441eadf",
              "0a0612ec901d75d0620d263d4c1c892a56426c28e9",
              "0a081301110380d480d7518460a49cffdf1054023238",
              "0b081e001c6e616d653d776f726b62656e6368266b696e643d70726f746f636f6c"),
    _recorded("gtlsclient",
              "0a021200040f06ffffffffffffffff015000074064",
              "0a0a0103",
              "0a060102",
              "0b002b01290000d1d75087089d5c0b8170ff51886272d141d74f94ff5f508faa69d29ad962a9924ac4a128316a4f",
              "1d410000"),
    _recorded("aioquic",
              "0a020f0004090150000710080121010d0108",
              "0a060102",
              "0a0a0103",
              "0b002401220000d1d7508af07b3ac65a893ae92a1351886272d141d74f94ff5f5085198fdad313",
              "0b043801360000d1d7508af07b3ac65a893ae92a1351876241a46bf441ea5f5085198fdad3132f00f2b585aca349648b1cc3354a0ea9141c"
              "c3355f",
              "0b083c01330000d4d7508af07b3ac65a893ae92a13518460a49cff5f5085198fdad3132f00f2b585aca349648b1cc3354a0ea9141cc3355f"
              "000568656c6c6f",
              "0b0c3901370000d1d7508af07b3ac65a893ae92a1351886272d141d74f94ff5f5085198fdad3132f00f2b585aca349648b1cc3354a0ea914"
              "1cc3355f"),
    _recorded("chromium",
              "0a022a00041b018001000006800400000740643301c000000b73c4be139a159859c0000019e2be52560387c422",
              "0a020c800f07000700753d302c2069",
              "0b0041a40141a10000d1508b089d5c0b8170dc0b4f34cfd7c12f004148b1275ad1ffa2fe749d37215aed83aa4fe7efbc1fcbdfcfd29fcde9"
              "ec3d26b69fe7efbc1fc85b73f92f044148b1275ad1ad49e33505023f302f064148b1275ad1ad5d034ca7b29f07224c696e757822ff1f5f50"
              "d3d07f66a281b0dae053fafc087ed4ce6aadf2a7979c89c6bfb521aeba0bc8b1e632586d975765c53facd8f7e8cff4a506ea5531149d4ffd"
              "a98ca39282a117a7b0f49580b6e2e05c0b814dc394761986d975765c5f0eec497ca589d34d1f43aeba0c41a4c7a98f33a69a3fdf9a68fa1d"
              "75d0620d263d4c79a68fbed00177fe8d48e62b1d3cd1f46a4731581f734bf46a473158f058ebfa352398ac0ebaa6faf963e7efb4005defa1"
              "d75d0620d263d4c20d35459162f924e3aa62fdf782367efb4005dd2f034148b4a549275906497f83a8f5172f034148b4a549275a93c85f86"
              "a87dcd30d25f2f034148b4a549275ad416cf023f312f034148b4a549275a42a13f8690e4b692d49f5f10929bd9abfa5242cb40d25fa523b3"
              "e94f684c9f5f398b2d4b70ddf45abefb4005df2eaec31ec327d785b6007d286f",
              "0a020c800f07000704753d312c2069",
              "0a0a4175023fe11fc08b089d5c0b8170dc0b4f34cfc1896251f7310f52e621ff6d4148b1275ad1ad5d034ca7b29f07224c696e757822ff20"
              "d3d07f66a281b0dae053fafc087ed4ce6aadf2a7979c89c6bfb521aeba0bc8b1e632586d975765c53facd8f7e8cff4a506ea5531149d4ffd"
              "a98ca39282a117a7b0f49580b6e2e05c0b814dc394761986d975765c674148b1275ad1ffa2fe749d37215aed83aa4fe7efbc1fcbdfcfd29f"
              "cde9ec3d26b69fe7efbc1fc85b73f96b4148b1275ad1ad49e33505023f30ddb9352398ac74f347d1a91cc5607dcd2fd1a91cc563c163afe8"
              "d48e62b03aea9be8d48e62b08ef37fbf34d1f46a473158f9faf963e7efb4005def6a4148b4a549275906497f8840e92ac7b0d31aaf6a4148"
              "b4a549275a93c85f85a8eb10f6236a4148b4a549275a42a13f84352398bfcd929d29ad1718602275702e05c3702d3cd32c7fdf929bd9abfa"
              "5242cb40d25fa523b3e94f684c9fff098b2d4b70ddf45abefb4005df66aec31ec327d785b600fd286f",
              "0b041401120f00d18dd78c8b8a89888786858483828180"),
    _recorded("curl-as-chrome",
              "0a022200041f018001000006800400000740643301c00000185cc17c5ec00000006807bc03",
              "0a0a0103",
              "0a060102",
              "0b0041b80141b50000d1508b089d5c0b8170dc0b4f34cfd7c12f004148b1275ad1ffb7fe749d3f70c176c1d527f3f7de0fe5efe7e94fe6f4"
              "f61e935b4ff3f7de0fe42d83f9fa53f9c473cd4154bd3d87a4bfcfdf783f90b60fe72f044148b1275ad1ad49e33505023f302f064148b127"
              "5ad1ad5d034ca7b29f07226d61634f5322ff1f5f50d9d07f66a281b0dae053fad0321aa49d13fda992a49685340c8a6adca7e28104416e27"
              "7fb521aeba0bc8b1e632586d975765c53facd8f7e8cff4a506ea5531149d4ffda97a7b0f49580b605c0b817029b8728ec330db2eaecb9f5f"
              "0ee5497ca589d34d1f43aeba0c41a4c7a98f33a69a3fdf9a68fa1d75d0620d263d4c79a68fbed00177fe8d48e62b03ee697e8d48e62b1e0b"
              "1d7f46a4731581d754df5f2c7cfdf6800bbdf43aeba0c41a4c7a9841a6a8b22c5f249c754c5fbef046cfdf6800bbbf2f034148b4a5492759"
              "06497f83a8f5172f034148b4a549275a93c85f86a87dcd30d25f2f034148b4a549275ad416cf023f312f034148b4a549275a42a13f8690e4"
              "b692d49f5f10929bd9abfa5242cb40d25fa523b3e94f684c9f5f398b2d4b70ddf45abefb4005df2eaec31ec327d785b6007d286f"),
)  # fmt: skip

_HELLO = _settings((Setting.QPACK_MAX_TABLE_CAPACITY, 0))
_TUNNEL = ((b":protocol", b"websocket"), (b"sec-websocket-version", b"13"), (b"sec-websocket-protocol", b"echo"))
_TEXT = b"\x81\x85\x01\x02\x03\x04" + bytes(byte ^ mask for byte, mask in zip(b"hello", b"\1\2\3\4\1", strict=True))
_CLOSE = b"\x88\x82\x00\x00\x00\x00\x03\xe8"
_INSERTS = (
    {"kind": "CAPACITY", "number": 400},
    {"kind": "INSERT_NAMED", "static": True, "number": 0, "value": b"workbench.test", "value_huffman": True},
    {"kind": "INSERT_LITERAL", "name": b"x-again", "name_huffman": True, "value": b"and again", "value_huffman": False},
    {"kind": "DUPLICATE", "number": 0},
)
_DYNAMIC = (
    {"form": "INDEXED", "static": True, "index": 17},
    {"form": "INDEXED", "static": True, "index": 23},
    {"form": "INDEXED", "static": False, "index": 1},
    {"form": "NAMED", "static": True, "index": 1, "never": False, "value": b"/hello.txt"},
    {"form": "NAMED", "static": False, "index": 0, "never": False, "value": b"something else"},
    {"form": "INDEXED_POST", "index": 0},
    {"form": "NAMED_POST", "index": 0, "never": True, "value": b"but not this"},
)
_POST = _head(b"POST", b"/echo")
_NAMED = ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"workbench.test"))
_SECRETS = ((b"authorization", b"Basic d29yazpiZW5jaA=="),)

_BY_HAND = (
    _seed("head", _HELLO, _ask(0, b"HEAD", b"/hello.txt")),
    _seed("blocked", _settings((Setting.QPACK_MAX_TABLE_CAPACITY, 0)),
          bytes(StreamData(0, _frame(Type.HEADERS, pack(_DYNAMIC, encoded=4, sign=True, delta=0)), end=True)),
          _encoder(*_INSERTS), _ask(4, b"GET", b"/health")),
    _seed("acknowledgements", _settings((Setting.QPACK_MAX_TABLE_CAPACITY, 4_096), (Setting.QPACK_BLOCKED_STREAMS, 16)),
          bytes(StreamData(_DECODER, varint(StreamType.DECODER) + pack_instruction({"kind": "CANCEL", "number": 0}))),
          _ask(0, b"GET", b"/data.json", (b"accept-encoding", b"gzip"))),
    _seed("pieces", _HELLO, *[bytes(StreamData(0, _POST[at : at + 30])) for at in range(0, len(_POST), 30)],
          bytes(StreamData(0, _frame(Type.DATA, b"one")[:3])), bytes(StreamData(0, b"ne" + _frame(Type.DATA, b" and two"), end=True))),
    _seed("put-get-delete", _HELLO, _send(0, b"PUT", b"/store/a", b"abcdef", (b"content-length", b"6")), _ask(4, b"GET", b"/store/a"),
          _ask(8, b"DELETE", b"/store/a")),
    _seed("echo-length", _HELLO, _send(0, b"POST", b"/echo", b"abcdefgh", (b"x-echo-length", b"4"))),
    _seed("end-alone", _HELLO, bytes(StreamData(0, _head(b"GET", b"/hello.txt"))), bytes(StreamData(0, end=True))),
    _seed("trailers", _HELLO, bytes(StreamData(0, _POST + _frame(Type.DATA, b"body"))),
          bytes(StreamData(0, _frame(Type.HEADERS, _literal((b"x-sum", b"1"))), end=True))),
    _seed("trailers-back", _HELLO, _ask(0, b"GET", b"/stream?parts=3", (b"te", b"trailers"))),
    _seed("expect-continue", _HELLO, bytes(StreamData(0, _head(b"POST", b"/echo", (b"expect", b"100-continue")))),
          bytes(StreamData(0, _frame(Type.DATA, b"hi"), end=True))),
    _seed("hints", _HELLO, _ask(0, b"GET", b"/hints", (b"priority", b"u=1, i"))),
    _seed("range", _HELLO, _ask(0, b"GET", b"/bytes/100", (b"range", b"bytes=10-19"))),
    _seed("conditional", _HELLO, _ask(0, b"GET", b"/hello.txt", (b"if-none-match", b"*"))),
    _seed("cookies", _HELLO, _ask(0, b"GET", b"/health", (b"cookie", b"a=b"), (b"cookie", b"c=d"))),
    _seed("options", _HELLO, _ask(0, b"OPTIONS", b"*")),
    _seed("interleaved", _HELLO, bytes(StreamData(0, _POST)), bytes(StreamData(4, _POST)),
          bytes(StreamData(4, _frame(Type.DATA, b"three"))),
          bytes(StreamData(0, _frame(Type.DATA, b"one"), end=True)), bytes(StreamData(4, _frame(Type.DATA, b"3"), end=True))),
    _seed("never-indexed", _HELLO,
          bytes(StreamData(0, _head(b"GET", b"/") + _frame(0x21, b""), end=True)),
          bytes(StreamData(4, _frame(Type.HEADERS, _literal(*_NAMED, (b":path", b"/"), *_SECRETS, never=True)), end=True))),
    _seed("all-settings", _settings((1, 0), (6, 65_536), (7, 0), (8, 0), (0x33, 1), (0x21, 7)), _ask(0, b"GET", b"/health")),
    _seed("grease", _HELLO, bytes(StreamData(14, varint(0x21) + b"grease", end=True)),
          bytes(StreamData(0, _frame(0x40, b"anything") + _head(b"GET", b"/health") + _frame(0x21, b"more"), end=True))),
    _seed("priorities", _HELLO, _control(build_piece({"type": Type.PRIORITY_UPDATE, "element_id": 0, "field_value": b"u=3"})),
          _ask(0, b"GET", b"/health")),
    _seed("pushes", _HELLO, _control(build_piece({"type": Type.MAX_PUSH_ID, "push_id": 5})),
          _control(build_piece({"type": Type.PRIORITY_UPDATE_PUSH, "element_id": 1, "field_value": b"i"})), _ask(0, b"GET", b"/health")),
    _seed("farewell", _HELLO, _ask(0, b"GET", b"/health"), _control(build_piece({"type": Type.GOAWAY, "id": 0})),
          bytes.fromhex("1d4100") + b"\x03bye"),
    _seed("cancelled", _HELLO, _ask(0, b"GET", b"/bytes/5000"), bytes(StopSending(0, 0x10C)),
          bytes(StreamData(4, _head(b"POST", b"/echo"))), bytes(StreamReset(4, 0x10C)), _ask(8, b"HEAD", b"/")),
    _seed("datagrams", _settings((Setting.H3_DATAGRAM, 1)), bytes(Datagram(varint(0) + b"early")), _ask(0, b"GET", b"/health")),
    _seed("websocket", _HELLO, bytes(StreamData(0, _head(b"CONNECT", b"/ws", *_TUNNEL))),
          bytes(StreamData(0, _frame(Type.DATA, _TEXT))), bytes(StreamData(0, _frame(Type.DATA, _CLOSE), end=True))),
)  # fmt: skip

SEEDS = (*_RECORDED, *_BY_HAND)

_TOKEN = b"sesame-52c1e08b"
SECRET = Secret(_seed("secret", _HELLO, _send(0, b"POST", b"/echo", _TOKEN)), _TOKEN)
"""Somebody else's session: its content must not turn up in any other."""

TOKENS = (
    _HELLO, varint(StreamType.PUSH), varint(StreamType.WEBTRANSPORT), varint(Type.WEBTRANSPORT_STREAM),
    varint(Capsule.CLOSE_WEBTRANSPORT_SESSION),
    _frame(Type.SETTINGS, b""), _frame(Type.GOAWAY, b"\0"), _frame(Type.MAX_PUSH_ID, b"\0"), _frame(Type.CANCEL_PUSH, b"\0"),
    _frame(Type.PUSH_PROMISE, b"\0\0\0"), _frame(Type.DATA, b""), _frame(Type.HEADERS, b"\0\0"), _frame(0x02, b""), _frame(0x06, bytes(8)),
    _frame(Type.PRIORITY_UPDATE, b"\0u=0"), varint(Type.PRIORITY_UPDATE_PUSH),
    bytes(StreamReset(0, 0x10C)), bytes(StopSending(0, 0x10C)), bytes(StreamData(0, end=True)), bytes(Datagram(b"\0")),
    b"\x3f", b"\x40\x40", b"\x7f\xff", b"\x80\x00\x40\x00", b"\xbf\xff\xff\xff", b"\xc0\x00\x00\x00\x40\x00\x00\x00", b"\xff" * 8,
    b"\x00\x00", b"\x02\x00", b"\x02\x80", b"\xff\x00", b"\xd1", b"\xc0", b"\x80", b"\x10", b"\x50", b"\x3f\xe1\x1f",
    b"\x20", b"\x01", b"\x00", b"\x27\x00", b"\xff\xff\xff\xff\x0f",
    b":method", b":path", b":authority", b":scheme", b":status", b":protocol", b"CONNECT", b"HEAD", b"websocket", b"connect-udp",
    b"webtransport", b"connection", b"transfer-encoding", b"content-length", b"te", b"trailers", b"range", b"x-echo-length", b"/ws",
    b"/echo", b"/bytes/1073741824", b"/stream?parts=100", b"%",
)  # fmt: skip
"""What a byte-level mutator should know about: frames, edges of variable-length integers, pieces of QPACK, names with a meaning."""

HINTS = Hints(
    tokens=TOKENS,
    keep=("carried", "stream"),
    replies=("http3.headers.status", "quic.rsts.application_error_code"),
    secret=SECRET,
    mutators=list_on_demand("workbench_http3.mutators:MUTATORS"),
)

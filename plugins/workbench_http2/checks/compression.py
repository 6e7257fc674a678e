"""Cases about header compression (RFC 7541, RFC 9113 4.3)."""

from collections.abc import Callable

from workbench.api import CheckFailed, Peer
from workbench_http2.checks.literals import block, indexed, integer, literal, resize
from workbench_http2.checks.talk import Talk, greet
from workbench_http2.checks.verdicts import case, ends, expect_answer
from workbench_http2.server_frames import END_HEADERS, END_STREAM, ErrorCode, FrameType, SettingId, build, settings

__all__ = ["CHECKS"]

_COMPRESSION = (ErrorCode.COMPRESSION_ERROR,)

TABLE = 4_096
"""Bytes of the dynamic table before anybody changed it (RFC 9113 6.5.2)."""


def _head(data: bytes, stream: int = 1) -> bytes:
    return build(FrameType.HEADERS, END_HEADERS | END_STREAM, stream, data)


def _with(data: bytes, *, before: bool = False) -> Callable[[Talk], bytes]:
    """A sound request with these bytes behind (or before) its fields."""

    def said(talk: Talk) -> bytes:
        fields = block(talk.fields())
        return _head(data + fields if before else fields + data)

    return said


def _static(peer: Peer) -> None:
    talk = greet(peer)
    scheme = indexed(7 if peer.tls else 6)
    rest = [pair for pair in talk.fields() if pair[0] not in (b":method", b":scheme")]
    talk.send(_head(indexed(2) + scheme + block(rest)))
    expect_answer(talk, 1)


def _dynamic(peer: Peer) -> None:
    talk = greet(peer)
    fields = talk.fields()
    talk.send(_head(b"".join(literal(*pair, pattern=0x40) for pair in fields)))
    expect_answer(talk, 1)
    talk.send(_head(b"".join(indexed(62 + len(fields) - 1 - number) for number in range(len(fields))), 3))
    expect_answer(talk, 3)


def _huffman(peer: Peer) -> None:
    from hpack import Encoder

    talk = greet(peer)
    encoder = Encoder()
    for stream in (1, 3):
        talk.send(_head(bytes(encoder.encode([*talk.fields(), (b"user-agent", b"workbench checks"), (b"x-empty", b"")])), stream))
        expect_answer(talk, stream)


def _never_indexed(peer: Peer) -> None:
    talk = greet(peer)
    fields = b"".join(literal(*pair, pattern=0x10) for pair in [*talk.fields(), (b"authorization", b"none")])
    talk.send(_head(fields))
    expect_answer(talk, 1)


def _resized(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_head(resize(0) + resize(TABLE) + block(talk.fields())))
    expect_answer(talk, 1)
    talk.send(_head(resize(100) + block(talk.fields()), 3))
    expect_answer(talk, 3)


def _evicted(peer: Peer) -> None:
    talk = greet(peer)
    added = literal(b"x-kept", b"1", pattern=0x40)
    talk.send(_head(block(talk.fields()) + added))
    expect_answer(talk, 1)
    talk.send(_head(resize(0) + block(talk.fields()) + indexed(62), 3))
    talk.until(lambda: talk.over(3) or bool(talk.all(FrameType.GOAWAY)))
    codes = [int.from_bytes(frame.payload[4:8], "big") for frame in talk.all(FrameType.GOAWAY)]
    if not talk.peer.ended and ErrorCode.COMPRESSION_ERROR not in codes:
        raise CheckFailed(f"expected COMPRESSION_ERROR for an entry that a smaller table had to forget, got {talk.heard()}")


def _too_large_an_entry(peer: Peer) -> None:
    talk = greet(peer)
    talk.send(_head(block(talk.fields()) + literal(b"x-large", b"v" * (TABLE + 1), pattern=0x40)))
    expect_answer(talk, 1, below=500)
    talk.send(_head(block(talk.fields()) + indexed(62), 3))
    talk.until(lambda: talk.over(3) or bool(talk.all(FrameType.GOAWAY)))
    if talk.answer(3).status and talk.answer(3).status < 400:
        raise CheckFailed("expected an entry larger than the table to empty it, but it could be used")


def _our_table(peer: Peer) -> None:
    talk = greet(peer, [(SettingId.HEADER_TABLE_SIZE, 0)])
    for stream in (1, 3, 5):
        talk.send(talk.request(stream))
        expect_answer(talk, stream)
    blocks = [frame.payload for frame in talk.all(FrameType.HEADERS)]
    if len(blocks) > 1 and any(byte >= 0xBE for byte in (data[0] for data in blocks if data)):
        raise CheckFailed("expected no reference to a dynamic table of 0 bytes, got one")


def _shrunk(peer: Peer) -> None:
    talk = greet(peer)
    smaller = settings([(SettingId.HEADER_TABLE_SIZE, 0)])
    talk.send(smaller, smaller)
    if not talk.until_frame(FrameType.SETTINGS, ack=True, count=3):
        raise CheckFailed(f"expected both SETTINGS to be acknowledged, got {talk.heard()}")
    talk.send(talk.request(1))
    expect_answer(talk, 1)
    first = talk.all(FrameType.HEADERS)[0].payload
    if first[:1] != resize(0):
        raise CheckFailed(f"expected the block to begin with a table size of 0, got {first[:8].hex()}")


def _shared_state(peer: Peer) -> None:
    talk = greet(peer)
    added = literal(b"x-shared", b"1", pattern=0x40)
    refused = [pair for pair in talk.fields() if pair[0] != b":method"]
    talk.send(_head(block(refused) + added))
    talk.until_over(1)
    talk.send(_head(block(talk.fields()) + indexed(62), 3))
    if talk.peer.ended or talk.all(FrameType.GOAWAY):
        return  # a malformed request may end the connection, and then there is no state to keep
    expect_answer(talk, 3)


_EOS = b"\xff\xff\xff\xff"
_FIELD = b"\x00\x01a"

CHECKS = (
    case("hpack-static", "7541 6.1", "Indexed fields of the static table are understood.", _static),
    case("hpack-dynamic", "7541 6.2.1", "Fields added to the dynamic table can be referred to by later requests.", _dynamic),
    case("hpack-huffman", "7541 5.2", "Huffman-coded strings are understood.", _huffman),
    case("hpack-never-indexed", "7541 6.2.3", "Never-indexed fields are understood.", _never_indexed),
    case("hpack-resized", "7541 4.2", "Table size updates at the beginning of a block are followed.", _resized),
    case("hpack-evicted", "7541 4.3", "A smaller table forgets its oldest entries.", _evicted),
    case("hpack-entry-larger-than-table", "7541 4.4", "An entry larger than the table empties it and is no error.",
         _too_large_an_entry),
    case("hpack-table-of-0", "9113 6.5.2", "A client that has no dynamic table gets no references to it.", _our_table),
    case("hpack-table-shrunk", "9113 4.3.1", "The first block behind the acknowledgment of a smaller table begins with its new size.",
         _shrunk),
    case("hpack-state-of-refused", "9113 4.3", "The block of a refused request still changes the dynamic table.", _shared_state),
    case("hpack-index-0", "7541 6.1", "Index 0 is a COMPRESSION_ERROR.", ends(_with(b"\x80"), codes=_COMPRESSION)),
    case("hpack-index-beyond", "7541 2.3.3", "An index beyond both tables is a COMPRESSION_ERROR.",
         ends(_with(indexed(70)), codes=_COMPRESSION)),
    case("hpack-index-far-beyond", "7541 5.1", "An index of many bytes is a COMPRESSION_ERROR.",
         ends(_with(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), codes=_COMPRESSION)),
    case("hpack-name-index-beyond", "7541 2.3.3", "A name's index beyond both tables is a COMPRESSION_ERROR.",
         ends(_with(integer(90, 6, 0x40) + b"\x01x"), codes=_COMPRESSION)),
    case("hpack-huffman-eos", "7541 5.2", "The symbol EOS inside a string is a COMPRESSION_ERROR.",
         ends(_with(_FIELD + b"\x84" + _EOS), codes=_COMPRESSION)),
    case("hpack-huffman-padding-long", "7541 5.2", "More than seven bits of padding are a COMPRESSION_ERROR.",
         ends(_with(_FIELD + b"\x82\x1f\xff"), codes=_COMPRESSION)),
    case("hpack-huffman-padding-zeros", "7541 5.2", "Padding other than the first bits of EOS is a COMPRESSION_ERROR.",
         ends(_with(_FIELD + b"\x81\x18"), codes=_COMPRESSION)),
    case("hpack-truncated-string", "7541 5.2", "A string that is longer than its block is a COMPRESSION_ERROR.",
         ends(_with(_FIELD + b"\x20abc"), codes=_COMPRESSION)),
    case("hpack-truncated-integer", "7541 5.1", "An integer that its block cuts off is a COMPRESSION_ERROR.",
         ends(_with(b"\xff"), codes=_COMPRESSION)),
    case("hpack-resize-too-large", "7541 6.3", "A table size beyond the setting is a COMPRESSION_ERROR.",
         ends(lambda talk: _with(resize(talk.settings.get(SettingId.HEADER_TABLE_SIZE, TABLE) + 1), before=True)(talk),
              codes=_COMPRESSION)),
    case("hpack-resize-at-the-end", "7541 4.2", "A table size update behind a field is a COMPRESSION_ERROR.",
         ends(_with(resize(100)), codes=_COMPRESSION)),
    case("hpack-broken-trailers", "9113 4.3", "A broken block is an error of the connection in trailers, too.",
         ends(lambda talk: talk.request(1, b"POST", end=False), _head(b"\x80"), codes=_COMPRESSION)),
    case("hpack-broken-in-continuation", "9113 4.3", "A broken block is an error of the connection when it comes in pieces, too.",
         ends(lambda talk: build(FrameType.HEADERS, END_STREAM, 1, block(talk.fields())),
              build(FrameType.CONTINUATION, END_HEADERS, 1, indexed(70)), codes=_COMPRESSION)),
)  # fmt: skip

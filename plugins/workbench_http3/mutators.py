"""What HTTP/3 servers get wrong, for the fuzzer: frames out of place, streams for the connection, and field sections (QPACK)."""

from collections.abc import Sequence
from random import Random

from workbench.api import Mutated, Mutator, StreamData, StreamReset, varint
from workbench_http3.names import Setting, StreamType, Type
from workbench_http3.stream_text import CONTROL, Said, adding, editing, fields, frame, long, request

__all__ = ["MUTATORS"]

_TOP = (1 << 62) - 1
_FLOODS = (10, 100, 1_000)
_ENCODER, _DECODER = 6, 10
"""Streams on which the sessions of the seeds tell about their tables."""

_Edited = tuple[bytes, str]


def _frame_lengths(place: Said, random: Random) -> _Edited:
    """RFC 9114 7.1: a frame ends where its length says, and its stream not before."""
    pick = random.randrange(3)
    if pick == 0:
        length = random.choice((0, 1, len(place.payload) + 1, max(0, len(place.payload) - 1), 1 << 20, 1 << 40, _TOP))
        return frame(place.type, place.payload, length=length), f"a length of {length} for {len(place.payload)} bytes"
    size = random.choice((2, 4, 8))
    if pick == 1:
        return long(place.type, size) + varint(len(place.payload)) + place.payload, f"a type in {size} bytes"
    return varint(place.type) + long(len(place.payload), 8) + place.payload, "a length in eight bytes"


def _frame_types(place: Said, random: Random) -> _Edited:
    """RFC 9114 7.2, 7.2.8: types that belong on another stream, that HTTP/2 had, that nobody knows."""
    kinds = (*range(0x10), 0x21, 0x40, 0x41, 0xF0700, 0xF0701, _TOP)
    kind = random.choice([each for each in kinds if each != place.type])
    own = frame(place.type, place.payload)
    other = frame(kind, random.choice((b"", b"\0", b"\0\0\0\0", place.payload[:40])))
    return random.choice((other, other + own, own + other)), f"a frame of type {kind:#x}"


def _order(place: Said, random: Random) -> _Edited:
    """RFC 9114 4.1: HEADERS, DATA, perhaps trailers, and nothing else of these."""
    own, data, head = frame(place.type, place.payload), frame(Type.DATA, b"content"), request()
    trailers = frame(Type.HEADERS, fields((b"x-sum", b"1")))
    what, said = random.choice(
        (
            ("DATA first", data + own),
            ("HEADERS twice", head + head),
            ("DATA behind trailers", own + data + trailers + data),
            ("trailers twice", own + trailers + trailers),
            ("trailers with pseudo-header fields", own + data + frame(Type.HEADERS, fields((b":path", b"/")))),
            ("empty DATA", own + frame(Type.DATA) * random.choice((1, 1_000))),
            ("no HEADERS", data),
            ("empty HEADERS", frame(Type.HEADERS)),
        )
    )
    return said, what


_SETTINGS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((Setting.QPACK_MAX_TABLE_CAPACITY, _TOP),), ((Setting.QPACK_BLOCKED_STREAMS, _TOP),), ((1, 0), (1, 0)),
    ((1, 4_096), (1, 0)), ((0, 1),), ((2, 0),), ((3, 1),), ((4, 65_535),), ((5, 16_384),), ((8, 2),),
    ((Setting.H3_DATAGRAM, 2),), ((_TOP, _TOP),), ((6, 0),), ((6, 1),),
    tuple((0x21 + 0x1F * number, number) for number in range(500)),
)  # fmt: skip


def _settings(_: int, random: Random) -> _Edited:
    """RFC 9114 7.2.4: once, first on the control stream, each setting once, none of HTTP/2's."""
    pairs = random.choice(_SETTINGS)
    payload = b"".join(varint(name) + varint(value) for name, value in pairs)
    said = frame(Type.SETTINGS, payload if random.random() < 0.8 else payload[:-1] or b"\x40")
    return bytes(StreamData(CONTROL, said)), f"{len(pairs)} settings: {pairs[0][0]:#x} = {pairs[0][1]}"


def _control(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9114 6.2, 6.2.1, 6.2.2: one control stream, never ended, that begins with SETTINGS; clients push nothing."""
    if not messages:
        return None
    what, raw = random.choice(_STREAMS)
    at = random.randint(0, len(messages))
    return Mutated.added(messages, at, [raw], what)


_STREAMS = (
    ("a second control stream", bytes(StreamData(14, varint(StreamType.CONTROL) + frame(Type.SETTINGS)))),
    ("a control stream that begins with GOAWAY", bytes(StreamData(14, varint(StreamType.CONTROL) + frame(Type.GOAWAY, b"\0")))),
    ("the end of the control stream", bytes(StreamData(CONTROL, end=True))),
    ("a reset of the control stream", bytes(StreamReset(CONTROL, 0x102))),
    ("a push stream of a client", bytes(StreamData(14, varint(StreamType.PUSH) + b"\0" + request()))),
    (
        "a second encoder stream",
        bytes(StreamData(14, varint(StreamType.ENCODER))) + bytes(StreamData(18, varint(StreamType.ENCODER))),
    ),
    ("the end of the encoder stream", bytes(StreamData(_ENCODER, varint(StreamType.ENCODER), end=True))),
    ("half a type of a stream", bytes(StreamData(14, b"\x40"))),
    ("a stream of an unknown type", bytes(StreamData(14, varint(_TOP) + b"x" * 2_000, end=True))),
    ("100 streams of an unknown type", b"".join(bytes(StreamData(102 + 4 * place, varint(0x21))) for place in range(100))),
    ("DATA on the control stream", bytes(StreamData(CONTROL, frame(Type.DATA, b"x")))),
    ("HEADERS on the control stream", bytes(StreamData(CONTROL, request()))),
    ("GOAWAY that rises", bytes(StreamData(CONTROL, frame(Type.GOAWAY, b"\0") + frame(Type.GOAWAY, varint(_TOP))))),
    ("GOAWAY with more behind it", bytes(StreamData(CONTROL, frame(Type.GOAWAY, b"\0\0")))),
    ("MAX_PUSH_ID that falls", bytes(StreamData(CONTROL, frame(Type.MAX_PUSH_ID, b"\5") + frame(Type.MAX_PUSH_ID, b"\1")))),
    ("CANCEL_PUSH of what was never promised", bytes(StreamData(CONTROL, frame(Type.CANCEL_PUSH, varint(_TOP))))),
    ("PRIORITY_UPDATE of a stream far away", bytes(StreamData(CONTROL, frame(Type.PRIORITY_UPDATE, varint(_TOP - 3) + b"u=9")))),
    ("PRIORITY_UPDATE 1,000 times", bytes(StreamData(CONTROL, frame(Type.PRIORITY_UPDATE, b"\0u=1,i") * 1_000))),
    ("1,000 unknown frames", bytes(StreamData(CONTROL, frame(0x21) * 1_000))),
)


def _encoder(_: int, random: Random) -> _Edited:
    """RFC 9204 4.3: capacities beyond the setting, entries that do not fit, references to what is not there."""
    head = varint(StreamType.ENCODER) if random.random() < 0.7 else b""
    what, said = random.choice(_INSTRUCTIONS)
    return bytes(StreamData(_ENCODER, head + said)), f"an encoder that says {what}"


_INSTRUCTIONS = (
    ("a capacity of everything", b"\x3f" + b"\xff" * 8 + b"\x7f"), ("a capacity beyond the setting", b"\x3f\xe1\xff\x03"),
    ("a capacity of nothing, then an entry", b"\x20\x41a\1b"), ("a duplicate of nothing", b"\x1f\xff\x7f"),
    ("an entry larger than the table", b"\x3f\xe1\x1f\x41a\x7f\x81\x3f" + b"b" * 8_192),
    ("a name of the table that is empty", b"\x80\1b"), ("a static name that is not", b"\xff\x80\x80\x04\1b"),
    ("a text that does not end", b"\x41a\x7f\xff\xff\xff\x0f"), ("an integer without an end", b"\x3f" + b"\xff" * 40),
    ("a Huffman code that is none", b"\x3f\xe1\x1f\x61\xfe\1b"),
    ("a thousand entries", b"\x3f\xe1\x1f" + b"\x41a\1b" * 1_000),
    ("a thousand duplicates", b"\x3f\xe1\x1f\x41a\1b" + b"\0" * 1_000),
    ("a thousand capacities", b"\x20\x3f\xe1\x1f" * 1_000),
)  # fmt: skip


def _decoder(_: int, random: Random) -> _Edited:
    """RFC 9204 4.4: acknowledgements of sections without references, increments by nothing or beyond what was inserted."""
    what, said = random.choice(_ANSWERS)
    head = varint(StreamType.DECODER) if random.random() < 0.7 else b""
    return bytes(StreamData(_DECODER, head + said)), f"a decoder that says {what}"


_ANSWERS = (
    ("an increment of 0", b"\0"), ("an increment of everything", b"\x3f" + b"\xff" * 8 + b"\x7f"),
    ("an acknowledgement of nothing", b"\x80"), ("an acknowledgement of a stream that never was", b"\xff\xff\x7f"),
    ("a cancellation", b"\x40" * 1_000), ("an integer without an end", b"\xff" * 50),
)  # fmt: skip


def _sections(place: Said, random: Random) -> _Edited:
    """RFC 9204 2.2, 4.5: sections that refer to entries that are not there, or never come."""
    what, section = random.choice(_ODD_SECTIONS)
    said = random.choice((section, section + place.payload[2:], place.payload + section[2:]))
    return frame(Type.HEADERS, said), f"a section with {what}"


_ODD_SECTIONS = (
    ("a Required Insert Count that never comes", b"\x80\0\xd1"),
    ("a Required Insert Count beyond every table", b"\xff\xff\xff\xff\x0f\0\xd1"), ("a base below zero", b"\x02\xff\x7f\x80"),
    ("a base far away", b"\x02\x7f\xff\xff\x7f\x80"), ("an entry that is not there", b"\0\0\x80"),
    ("an entry behind the base", b"\0\0\x10"), ("a static entry that is not", b"\0\0\xff\x24"),
    ("an index of everything", b"\0\0\xff" + b"\xff" * 9 + b"\x01"), ("an index without an end", b"\0\0\xff" + b"\x80" * 100),
    ("a text that does not end", b"\0\0\x27\xff\xff\xff\x0f"), ("a Huffman code that is none", b"\0\0\x29\xfe\x01a"),
    ("Huffman padding of a byte", b"\0\0\x21a\x82\x1c\xff"), ("half a prefix", b"\0"), ("nothing", b""),
    ("a prefix alone", b"\0\0"), ("a post-base name that is not there", b"\0\0\x07\x7f\1a"),
    ("a static name that is not", b"\0\0\x5f\xff\x7f\1a"),
)  # fmt: skip


_HEADS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    ((b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/")),
    ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"workbench.test")),
    ((b":method", b"GET"), (b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")),
    ((b"x", b"y"), (b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/")),
    ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"")),
    ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"x")),
    ((b":method", b"CONNECT"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")),
    ((b":method", b"CONNECT"), (b":authority", b"")),
    ((b":method", b"CONNECT"), (b":protocol", b"connect-udp"), (b":scheme", b"https"), (b":authority", b"a"), (b":path", b"/")),
    ((b":status", b"200"),), (),
    ((b":method", b"GET\r\nX: y"), (b":scheme", b"https"), (b":authority", b"a\r\nb"), (b":path", b"/ HTTP/1.1\r\n\r\n")),
    ((b":unknown", b"x"), (b":method", b"GET")),
)  # fmt: skip
_MORE = (
    (b"X-Upper", b"a"), (b"connection", b"close"), (b"transfer-encoding", b"chunked"), (b"te", b"gzip"), (b"", b"x"),
    (b"host", b"elsewhere.test"), (b"content-length", b"5"), (b"content-length", b"-1"), (b"x", b"a\r\nb: c"), (b"x", b"a\0"),
    (b"x y", b""), (b":late", b""), (b"\xff", b""), (b"cookie", b"a=b; " * 5_000), (b"x", b"y" * 70_000),
    (b"capsule-protocol", b"?1"), (b"priority", b"u=99, i=" + b"," * 500),
)  # fmt: skip


def _pseudo(place: Said, random: Random) -> _Edited:
    """RFC 9114 4.2, 4.3: pseudo-header fields come first, once each; names are lower case; nothing speaks of the connection."""
    more = random.sample(_MORE, random.choice((0, 1, 2)))
    if random.random() < 0.4:
        chosen = random.choice(_MORE)
        return request(b"GET", b"/health", chosen), f"the field {chosen[0].decode('latin-1')!a} of {len(chosen[1])} bytes"
    head = random.choice(_HEADS)
    names = " ".join(ascii(name.decode("latin-1"))[1:-1] for name, _ in (*head, *more))
    return frame(Type.HEADERS, fields(*head, *more)) + frame(Type.DATA, b"x") * (
        place.type == Type.DATA
    ), f"the fields {names}" if names else "no fields"


def _many_fields(place: Said, random: Random) -> _Edited:
    """RFC 9114 4.2.2, 10.5.1: a field section that is larger than was agreed, or becomes it."""
    count = random.choice((200, 2_000, 30_000))
    return frame(Type.HEADERS, place.payload + b"\xd1" * count), f"{count} fields more, of one byte each"


def _datagrams(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9297 2.1, 3.2: datagrams of streams that are not, capsules that do not end."""
    if not messages:
        return None
    tunnel = request(b"CONNECT", b"/ws", (b":protocol", b"websocket"), (b"capsule-protocol", b"?1"))
    capsule = random.choice((b"\0\0", b"\0\x05ab", b"\0" + varint(_TOP), varint(_TOP) + b"\0", b"\x40\x00\x01x" * 500))
    said = bytes(StreamData(400, tunnel + frame(Type.DATA, capsule), end=random.random() < 0.5))
    return Mutated.added(messages, random.randint(0, len(messages)), [said], f"a capsule {capsule[:10].hex()}")


def _floods(stream: int, random: Random) -> _Edited:
    """RFC 9114 10.5: requests that are given up at once, or never go on."""
    count = random.choice(_FLOODS)
    given_up = random.random() < 0.5
    said, head = [], request()
    for number in range(stream, stream + 4 * count, 4):
        said.append(bytes(StreamData(number, head[: None if given_up else 5], end=given_up)))
        if given_up:
            said.append(bytes(StreamReset(number, 0x10C)))
    return b"".join(said), f"{count} requests {'given up at once' if given_up else 'that are only begun'}"


MUTATORS = (
    Mutator("frame-length", "RFC 9114 7.1", editing(_frame_lengths)),
    Mutator("frame-type", "RFC 9114 7.2", editing(_frame_types)),
    Mutator("frame-order", "RFC 9114 4.1", editing(_order)),
    Mutator("settings", "RFC 9114 7.2.4", adding(_settings)),
    Mutator("control", "RFC 9114 6.2", _control),
    Mutator("encoder", "RFC 9204 4.3", adding(_encoder)),
    Mutator("decoder", "RFC 9204 4.4", adding(_decoder)),
    Mutator("section", "RFC 9204 4.5", editing(_sections, Type.HEADERS)),
    Mutator("pseudo-header", "RFC 9114 4.3", editing(_pseudo, Type.HEADERS, Type.DATA)),
    Mutator("many-fields", "RFC 9114 4.2.2", editing(_many_fields, Type.HEADERS)),
    Mutator("capsules", "RFC 9297 3.2", _datagrams),
    Mutator("request-flood", "RFC 9114 10.5", adding(_floods)),
)

"""What QUIC servers get wrong in first packets, for the fuzzer: headers, datagrams, and frames in the clear before they are protected."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from workbench.api import Mutated, Mutator, read_varint, varint
from workbench_quic.frame_types import Type
from workbench_quic.initial_text import SMALLEST, InitialText, editing

__all__ = ["MUTATORS"]

_TOP = (1 << 62) - 1
"""The largest variable-length integer (RFC 9000 16)."""
_EDGES = (0, 1, 63, 64, 16_383, 16_384, (1 << 30) - 1, 1 << 30, 1 << 60, (1 << 60) + 1, _TOP)
_MANY = (2, 50, 300, 1_000)
"""Frames of one packet."""
_SAID = 60_000
"""Bytes of datagrams that are said again, at most."""

_Edited = tuple[InitialText | bytes, str]


def _long(value: int, size: int) -> bytes:
    """An integer in more bytes than it needs (RFC 9000 16)."""
    mark = {1: 0, 2: 1, 4: 2, 8: 3}[size]
    return ((value & (1 << (8 * size - 2)) - 1) | mark << (8 * size - 2)).to_bytes(size, "big")


def _frame(kind: int, *numbers: int, data: bytes = b"") -> bytes:
    return varint(kind) + b"".join(map(varint, numbers)) + data


def _crypto(data: bytes, offset: int) -> bytes:
    return _frame(Type.CRYPTO, offset, len(data), data=data)


def _hello(frames: bytes) -> tuple[int, bytes] | None:
    """Offset and data of the first CRYPTO frame."""
    if frames[:1] != bytes((Type.CRYPTO,)):
        return None
    offset = read_varint(frames, 1)
    size = read_varint(frames, offset[1]) if offset is not None else None
    if offset is None or size is None:
        return None
    return offset[0], frames[size[1] : size[1] + size[0]]


def _acknowledgements(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 19.3: ranges go down from the largest; what was never sent cannot be acknowledged, and no number is below zero."""
    largest, first = random.choice(((0, 0), (5, 6), (_TOP, 0), (_TOP, _TOP), (1_000, 0), (0, 1), (1, 0)))
    ranges = random.choice(((), ((0, 0),), ((5, 5),), ((_TOP, 0),), ((0, _TOP),), ((0, 0),) * 300))
    count = random.choice((len(ranges), len(ranges), len(ranges) + 1, _TOP, 0))
    numbers = [largest, random.choice(_EDGES), count, first, *(number for pair in ranges for number in pair)]
    kind, counts = random.choice(((Type.ACK, []), (Type.ACK, []), (Type.ACK_ECN, [_TOP] * 3), (Type.ACK_ECN, [])))
    return packet.saying(
        _frame(kind, *numbers, *counts) + packet.frames
    ), f"ACK up to {largest}, {len(ranges)} ranges counted as {count}"


def _crypto_games(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 7.5, 19.6: a stream of bytes in any order and more than once; what it keeps of that is limited."""
    found = _hello(packet.frames)
    offset, data = found if found is not None else (0, b"\1\0\0\4abcd")
    half = len(data) // 2
    step = random.choice((1, 7, 50))
    pieces = [_crypto(data[at : at + step], offset + at) for at in range(0, min(len(data), 600 * step), step)]
    what, frames = random.choice(
        (
            ("the last half first", _crypto(data[half:], offset + half) + _crypto(data[:half], offset)),
            ("a hole of one byte", _crypto(data[:half], offset) + _crypto(data[half + 1 :], offset + half + 1)),
            (
                "halves that overlap and differ",
                _crypto(data[: half + 20], offset) + _crypto(b"\xff" * 20 + data[half + 20 :], offset + half),
            ),
            ("pieces in reverse", b"".join(reversed(pieces))),
            ("the last possible offset", packet.frames + _crypto(b"x", _TOP)),
            ("beyond the last offset", packet.frames + _crypto(b"xx", _TOP - 1)),
            ("far ahead", packet.frames + _crypto(b"x" * 20, random.choice((4_096, 65_536, 1 << 20, 1 << 32)))),
            ("empty ones", _crypto(b"", offset) * 300 + packet.frames),
            ("twice", packet.frames + _crypto(data, offset)),
            ("longer than the packet", _frame(Type.CRYPTO, offset, len(data) + 5_000, data=data)),
            ("the end of a message in the next one", _crypto(data + data[:100], offset)),
            ("a length of everything", _frame(Type.CRYPTO, offset, _TOP, data=data)),
        )
    )
    return packet.saying(frames), f"CRYPTO: {what}"


_FOREIGN = (
    _frame(Type.RESET_STREAM, 1 << 60, _TOP, 0), _frame(Type.STOP_SENDING, 1 << 60, _TOP), _frame(Type.NEW_TOKEN, 0),
    _frame(Type.NEW_TOKEN, 3, data=b"abc"), _frame(Type.NEW_TOKEN, _TOP), _frame(Type.STREAM, 1 << 60, data=b"to the end"),
    _frame(Type.STREAM | 7, 1 << 60, _TOP, 3, data=b"abc"), _frame(Type.STREAM | 7, 0, _TOP, 2, data=b"ab"),
    _frame(Type.STREAM | 2, 0, _TOP), _frame(Type.MAX_DATA, 1 << 60), _frame(Type.MAX_STREAM_DATA, 1 << 60, _TOP),
    _frame(Type.MAX_STREAMS_BIDI, 1 << 60), _frame(Type.MAX_STREAMS_UNI, (1 << 60) + 1), _frame(Type.DATA_BLOCKED, 1 << 60),
    _frame(Type.STREAM_DATA_BLOCKED, 1 << 60, _TOP), _frame(Type.STREAMS_BLOCKED_BIDI, 1 << 60),
    _frame(Type.NEW_CONNECTION_ID, 1 << 60, _TOP, data=b"\x08" + bytes(24)),
    _frame(Type.NEW_CONNECTION_ID, 1, 2, data=b"\x00" + bytes(16)),
    _frame(Type.NEW_CONNECTION_ID, 1, 0, data=b"\x15" + bytes(37)), _frame(Type.RETIRE_CONNECTION_ID, 1 << 60),
    _frame(Type.PATH_CHALLENGE, data=b"12345678"), _frame(Type.PATH_CHALLENGE, data=b"123"),
    _frame(Type.PATH_RESPONSE, data=b"12345678"), _frame(Type.HANDSHAKE_DONE), _frame(Type.DATAGRAM, data=b"to the end"),
    _frame(Type.DATAGRAM_LEN, _TOP, data=b"x"), _frame(Type.CONNECTION_CLOSE_APP, 1 << 60, 0),
    _frame(Type.ACK_FREQUENCY, 1 << 60, _TOP, 0, 0),
)  # fmt: skip


def _foreign_frames(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 12.4: few frames may be in Initial packets; each type ends the connection where it may not be."""
    frame = random.choice(_FOREIGN)
    return packet.saying(random.choice((frame + packet.frames, packet.frames + frame, frame))), f"the frame {frame[:12].hex()}"


def _odd_frames(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 12.4, 16, 19: types in more bytes than they need, unknown ones, ends in the middle, packets of no frames."""
    kind = random.choice((Type.PING, Type.CRYPTO, Type.ACK, Type.PADDING))
    what, frames = random.choice(
        (
            ("a type in two bytes", _long(kind, 2) + packet.frames[1:]),
            ("a type in eight bytes", _long(kind, 8) + packet.frames[1:]),
            ("an unknown type", varint(random.choice((0x20, 0x3F, 0x40, 0xFACE, _TOP))) + packet.frames),
            ("half a number at the end", packet.frames.ljust(SMALLEST, b"\1") + b"\x06\xc0"),
            ("no frames", b""),
            ("PADDING alone", b"\0" * 1_500),
            ("many PINGs", b"\1" * random.choice(_MANY) + packet.frames),
            ("numbers in eight bytes", b"\x06" + _long(0, 8) + _long(len(packet.frames), 8) + packet.frames),
            ("CONNECTION_CLOSE with a long reason", _frame(Type.CONNECTION_CLOSE, 1, 6, 1_000, data=b"r" * 1_000)),
            ("CONNECTION_CLOSE whose reason is not there", _frame(Type.CONNECTION_CLOSE, 1, 6, _TOP)),
            ("frames behind CONNECTION_CLOSE", _frame(Type.CONNECTION_CLOSE, 0, 0, 0) + packet.frames),
            ("one frame many times", packet.frames[:600] * 20),
        )
    )
    return packet.saying(frames), what


def _parameters(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 7.4, 18.2: transport parameters with values that are not allowed, twice, or a server's; lengths stay as they were."""
    found = _hello(packet.frames)
    if found is None:
        return packet.saying(b""), "no frames"
    offset, data = found
    places = list(_parameter_places(data))
    if not places:
        return packet.saying(_crypto(data[: len(data) // 2], offset)), "half a hello"
    at, start, end = random.choice(places)
    changed = bytearray(data)
    pick = random.randrange(4)
    if pick == 0:
        changed[at] = kind = random.choice((0x00, 0x02, 0x10, 0x0D, 0x03, 0x0A, 0x0B, 0x0E, 0x08, 0x3F))
        what = f"a parameter becomes {kind:#x}"
    elif pick == 1:
        changed[at] = data[random.choice(places)[0]]
        what = "a parameter becomes one that is there already"
    elif pick == 2 and end > start:
        changed[start:end] = random.choice((b"\xff", b"\0", b"\x3f", b"\x40")) * (end - start)
        what = f"a parameter of {end - start} bytes of {changed[start]:#04x}"
    else:
        changed[start - 1] = random.choice((0, 1, 63, 0x40, 0xFF))
        what = f"a parameter's length becomes {changed[start - 1]:#x}"
    return packet.saying(_crypto(bytes(changed), offset)), what


def _parameter_places(hello: bytes) -> list[tuple[int, int, int]]:
    """Type, beginning and end of each transport parameter with a small type, wherever the extension (57) lies."""
    at = hello.find(b"\0\x39")
    while at >= 0:
        size = int.from_bytes(hello[at + 2 : at + 4], "big")
        end, place, found = at + 4 + size, at + 4, []
        while place < end <= len(hello):
            kind = read_varint(hello, place)
            length = read_varint(hello, kind[1]) if kind is not None else None
            if kind is None or length is None or length[1] + length[0] > end:
                break
            if kind[1] == place + 1:
                found.append((place, length[1], length[1] + length[0]))
            place = length[1] + length[0]
        if found and place == end:
            return found
        at = hello.find(b"\0\x39", at + 1)
    return []


def _headers(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 17.2, 17.2.2: bits that are fixed or reserved, lengths that lie, IDs that are too short or too long."""
    pick = random.randrange(6)
    if pick == 0:
        bit = random.choice((0x40, 0x0C, 0x04, 0x30, 0x10, 0x80))
        return packet.sealed(first=bit) + packet.behind, f"bits {bit:#04x} of the first byte turned over"
    if pick == 1:
        length = random.choice((0, 1, 3, 19, 20, SMALLEST, 1 << 16, 1 << 29))
        return packet.sealed(length=length) + packet.behind, f"a length of {length}"
    if pick == 2:
        length = random.choice((1, 63, 5_000, 1 << 30, _TOP))
        return packet.sealed(token_length=length) + packet.behind, f"a token said to have {length} bytes"
    if pick == 3:
        size = random.choice((0, 1, 7, 8, 20, 21, 255))
        return replace(packet, dcid=((packet.dcid or b"x") * 256)[:size]), f"a destination ID of {size} bytes"
    if pick == 4:
        size = random.choice((0, 20, 21, 255))
        return replace(packet, scid=((packet.scid or b"x") * 256)[:size]), f"a source ID of {size} bytes"
    number = random.choice((1, 0xFFFF_FFFF, 0x8000_0000, 1_000, packet.number))
    return replace(packet, number=number), f"packet number {number}"


def _tokens(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 8.1: tokens come from this server, or mean nothing."""
    token = random.choice((b"", b"\0", b"x" * 16, b"\xff" * 300, bytes(10_000), packet.token + b"x", packet.token[:-1]))
    return replace(packet, token=token), f"a token of {len(token)} bytes"


def _datagrams(packet: InitialText, random: Random) -> _Edited:
    """RFC 9000 12.2, 14.1: datagrams of 1,200 bytes at least, with packets of one connection."""
    raw = bytes(packet)
    other = replace(packet, dcid=bytes(reversed(packet.dcid)) or b"otherids", number=1, size=0)
    what, said = random.choice(
        (
            ("of 1,199 bytes", bytes(replace(packet, size=SMALLEST - 1))),
            ("as small as its frames", bytes(replace(packet, size=0))),
            ("of 9,000 bytes", bytes(replace(packet, size=9_000))),
            ("with the packet of another connection behind it", bytes(replace(packet, size=0)) + bytes(other)),
            ("with itself behind it", raw + bytes(replace(packet, number=packet.number + 1))),
            ("with noise behind it", raw + b"\xff" * 100),
            ("with a short header behind it", raw + b"\x40" + packet.dcid + bytes(64)),
            ("cut in the middle", raw[: max(1, len(raw) // 2)]),
            ("cut after its header", raw[: max(1, min(len(raw), 40))]),
            ("with many packets", b"".join(bytes(replace(packet, number=number, size=0)) for number in range(40))[:60_000]),
            ("of one byte", raw[:1]),
        )
    )
    return said, f"a datagram {what}"


def _versions(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9000 6, RFC 8999 5, RFC 9368 2: versions that nobody speaks, and what only servers say."""
    places = [place for place, raw in enumerate(messages) if len(raw) > 7 and raw[0] & 0x80]
    if not places:
        return None
    at = random.choice(places)
    raw = messages[at]
    version = random.choice((0, 1, 0x6B3343CF, 0x709A50C4, 0x0A0A0A0A, 0xFF00001D, 0xFFFFFFFF, 2))
    if random.random() < 0.2:
        ids = raw[5 : 7 + raw[5]]
        said = bytes((raw[0] | 0x80,)) + bytes(4) + ids + random.choice((b"", b"\0\0\0\1", b"\0\0\0", b"\x6b\x33\x43\xcf" * 200))
        return Mutated.put(messages, at, said, "Version Negotiation from a client")
    kind = random.choice((raw[0], raw[0] ^ 0x10, raw[0] ^ 0x20, raw[0] ^ 0x30))
    return Mutated.put(
        messages, at, bytes((kind,)) + version.to_bytes(4, "big") + raw[5:], f"version {version:#010x}, first byte {kind:#04x}"
    )


def _again(messages: Sequence[bytes], random: Random) -> Mutated | None:
    """RFC 9000 5.2, 8.1: the same first packet again, or many connections that are only begun."""
    packets = [(at, packet) for at, raw in enumerate(messages) if (packet := InitialText.of(raw)) is not None]
    if not packets:
        return None
    at, packet = random.choice(packets)
    count = min(random.choice((1, 3, 30)), 1 + _SAID // len(messages[at]))
    if random.random() < 0.5:
        return Mutated.added(messages, at + 1, [messages[at]] * count, f"the datagram {count} times more")
    said = [bytes(replace(packet, dcid=number.to_bytes(8, "big"))) for number in range(count)]
    return Mutated.added(messages, at + 1, said, f"{count} other connections begun")


MUTATORS = (
    Mutator("acknowledgements", "RFC 9000 19.3", editing(_acknowledgements)),
    Mutator("crypto", "RFC 9000 19.6", editing(_crypto_games)),
    Mutator("foreign-frame", "RFC 9000 12.4", editing(_foreign_frames)),
    Mutator("odd-frame", "RFC 9000 16", editing(_odd_frames)),
    Mutator("parameters", "RFC 9000 18.2", editing(_parameters, more=0)),
    Mutator("header", "RFC 9000 17.2", editing(_headers)),
    Mutator("token", "RFC 9000 8.1", editing(_tokens, more=0)),
    Mutator("datagram", "RFC 9000 14.1", editing(_datagrams)),
    Mutator("version", "RFC 9000 6", _versions),
    Mutator("again", "RFC 9000 5.2", _again),
)

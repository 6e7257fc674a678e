"""Records as zone files write them (RFC 1035 5.1, RFC 3597 5), into wire form: which fields a type has, and what their words mean.

Types without a row here are written as `\\# LENGTH HEX`.
"""

import base64
import binascii
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence

from workbench_dns.limits import LONGEST_LABEL, LONGEST_NAME
from workbench_dns.vocabulary import TYPE_NUMBERS

__all__ = ["Labels", "Piece", "labels_of", "rdata_of", "seconds_of", "type_of"]

Labels = tuple[bytes, ...]

Piece = bytes | tuple[Labels, bool]
"""Bytes, or a name and whether it may be compressed: names of types that RFC 1035 defines may (RFC 3597 4)."""

_UNITS = {"S": 1, "M": 60, "H": 3600, "D": 86_400, "W": 604_800}

_ESCAPED = re.compile(rb"\\(?:([01]\d\d|2[0-4]\d|25[0-5])|([^0-9]))", re.DOTALL)
"""An octet as three digits, or a character that means only itself (RFC 1035 5.1)."""

_Words = Iterator[str]
_Reader = Callable[[_Words, Labels], Piece]


def labels_of(text: str, origin: Labels = ()) -> Labels:
    """The labels of a name; one without a dot at its end continues with `origin`.

    Raises `ValueError` for a name that is too long, has an empty label or a wrong escape.
    """
    if text == "@":
        return origin
    if text == ".":
        return ()
    labels, label, at, absolute = [], bytearray(), 0, False
    data = text.encode()
    while at < len(data):
        absolute = data[at] == 0x2E  # a dot that ends a label: what is escaped never gets here
        escaped = _ESCAPED.match(data, at)
        if escaped is not None:
            label += escaped[2] or bytes((int(escaped[1]),))
            at = escaped.end()
            continue
        if data[at] == 0x5C:
            raise ValueError(f"{text!r} is no domain name: a backslash stands before a character or three digits up to 255")
        if absolute:
            labels.append(bytes(label))
            label.clear()
        else:
            label.append(data[at])
        at += 1
    if label:
        labels.append(bytes(label))
    found = tuple(labels) if absolute else (*labels, *origin)
    if any(not 0 < len(part) <= LONGEST_LABEL for part in found) or sum(map(len, found)) + len(found) + 1 > LONGEST_NAME:
        raise ValueError(f"{text!r} is no domain name")
    return found


def seconds_of(word: str) -> int | None:
    """A number of seconds, with or without units (`1h30m`); None where it is none."""
    if word.isdigit():
        return int(word)
    parts = re.findall(r"(\d+)([SMHDW])", word.upper())
    if not parts or "".join(count + unit for count, unit in parts) != word.upper():
        return None
    return sum(int(count) * _UNITS[unit] for count, unit in parts)


def type_of(word: str) -> int:
    """The number of a type; `TYPE123` for one without a name. Raises `ValueError`."""
    upper = word.upper()
    if upper in TYPE_NUMBERS:
        return TYPE_NUMBERS[upper]
    if upper.startswith("TYPE") and upper[4:].isdigit() and int(upper[4:]) < 65_536:
        return int(upper[4:])
    raise ValueError(f"{word!r} is no record type")


def _next(words: _Words) -> str:
    word = next(words, None)
    if word is None:
        raise ValueError("a field of the record is missing")
    return word


def _ipv4(words: _Words, _: Labels = ()) -> bytes:
    return socket.inet_pton(socket.AF_INET, _next(words))


def _ipv6(words: _Words, _: Labels = ()) -> bytes:
    return socket.inet_pton(socket.AF_INET6, _next(words))


def _name(words: _Words, origin: Labels) -> Piece:
    return labels_of(_next(words), origin), True


def _plain_name(words: _Words, origin: Labels) -> Piece:
    return labels_of(_next(words), origin), False


def _number(size: int) -> _Reader:
    return lambda words, _: int(_next(words)).to_bytes(size, "big")


def _period(words: _Words, _: Labels = ()) -> bytes:
    word = _next(words)
    seconds = seconds_of(word)
    if seconds is None:
        raise ValueError(f"{word!r} is no number of seconds")
    return seconds.to_bytes(4, "big")


def _string(words: _Words, _: Labels = ()) -> bytes:
    data = _next(words).encode()
    if len(data) > 255:
        raise ValueError("a character-string has 255 bytes at most")
    return bytes((len(data),)) + data


def _strings(words: _Words, _: Labels = ()) -> bytes:
    said = _string(words)
    for word in words:
        said += _string(iter((word,)))
    return said


def _type(words: _Words, _: Labels = ()) -> bytes:
    return type_of(_next(words)).to_bytes(2, "big")


def _hex(words: _Words, _: Labels = ()) -> bytes:
    return bytes.fromhex("".join(words))


def _base64(words: _Words, _: Labels = ()) -> bytes:
    return base64.b64decode("".join(words), validate=True)


def _text(words: _Words, _: Labels = ()) -> bytes:
    return _next(words).encode()


def _types(words: _Words, _: Labels = ()) -> bytes:
    """Windows of types (RFC 4034 4.1.2)."""
    windows: dict[int, bytearray] = {}
    for number in sorted(map(type_of, words)):
        bits = windows.setdefault(number >> 8, bytearray())
        place = (number & 0xFF) >> 3
        bits.extend(bytes(max(0, place + 1 - len(bits))))
        bits[place] |= 0x80 >> (number & 7)
    return b"".join(bytes((window, len(bits))) + bits for window, bits in windows.items())


_u8, _u16, _u32 = _number(1), _number(2), _number(4)
_DS = (_u16, _u8, _u8, _hex)
_RRSIG = (_type, _u8, _u8, _u32, _u32, _u32, _u16, _plain_name, _base64)

_LAYOUTS: Mapping[int, Sequence[_Reader]] = {
    1: (_ipv4,),
    2: (_name,),
    5: (_name,),
    6: (_name, _name, _u32, _period, _period, _period, _period),
    7: (_name,),
    12: (_name,),
    13: (_string, _string),
    14: (_name, _name),
    15: (_u16, _name),
    16: (_strings,),
    17: (_plain_name, _plain_name),
    18: (_u16, _plain_name),
    19: (_string,),
    20: (_strings,),
    21: (_u16, _plain_name),
    26: (_u16, _plain_name, _plain_name),
    27: (_string, _string, _string),
    28: (_ipv6,),
    33: (_u16, _u16, _u16, _plain_name),
    35: (_u16, _u16, _string, _string, _string, _plain_name),
    36: (_u16, _plain_name),
    37: (_u16, _u16, _u8, _base64),
    39: (_plain_name,),
    43: _DS,
    44: (_u8, _u8, _hex),
    46: _RRSIG,
    47: (_plain_name, _types),
    48: (_u16, _u8, _u8, _base64),
    49: (_base64,),
    52: (_u8, _u8, _u8, _hex),
    53: (_u8, _u8, _u8, _hex),
    59: _DS,
    60: (_u16, _u8, _u8, _base64),
    61: (_base64,),
    62: (_u32, _u16, _types),
    63: (_u32, _u8, _u8, _hex),
    99: (_strings,),
    107: (_u16, _plain_name),
    256: (_u16, _u16, _text),
    257: (_u8, _string, _text),
}


def rdata_of(kind: int, words: Sequence[str], origin: Labels) -> tuple[Piece, ...]:
    """The data of a record in pieces. Raises `ValueError` that says what is wrong."""
    if words and words[0] == "\\#":
        data = bytes.fromhex("".join(words[2:]))
        if len(words) < 2 or not words[1].isdigit() or int(words[1]) != len(data):
            raise ValueError("the length behind \\# is not that of the data")
        return (data,) if data else ()
    layout = _LAYOUTS.get(kind)
    if layout is None:
        raise ValueError("this type is written as \\# LENGTH HEX")
    rest = iter(words)
    try:
        pieces = tuple(reader(rest, origin) for reader in layout)
    except (OSError, OverflowError, binascii.Error) as error:
        raise ValueError(str(error)) from error
    if next(rest, None) is not None:
        raise ValueError("there are more words than fields")
    return pieces

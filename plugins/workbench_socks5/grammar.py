"""Every SOCKS message as a construct, and how long each is (RFC 1928, 1929, 1961, SOCKS4, SOCKS4A).

Names are Wireshark's. Which message comes when is the conversation's business (`decoder.py`). Addresses and names are bytes here;
`presentation.py` shows them as text.
"""

from collections.abc import Callable, Mapping
from enum import Enum as PythonEnum
from typing import Any

from construct import (
    Array,
    Bytes,
    Construct,
    Enum,
    GreedyBytes,
    If,
    Int8ub,
    Int16ub,
    NullTerminated,
    Rebuild,
    Struct,
    len_,
    this,
)

from workbench.api import FrameError
from workbench_socks5.names import ADDRESS_TYPES, COMMANDS, GSSAPI_COMMANDS, METHODS, REPLIES, REPLIES4

__all__ = ["BROKEN_HEADS", "GRAMMARS", "LONGEST_STRING4", "Kind", "address_size", "build", "frame"]

LONGEST_STRING4 = 1024
"""Bytes of a user id or name of SOCKS4, which have no length of their own: names have 255 at most (RFC 1035 2.3.4), user ids far fewer."""

_ABORT = 255
_HEADER4 = 8


class Kind(PythonEnum):
    """What a message is."""

    GREETING = "greeting"
    SELECTION = "selection"
    PASSWORD = "password"  # noqa: S105 - a kind of message
    STATUS = "status"
    GSSAPI = "gssapi"
    REQUEST = "request"
    REPLY = "reply"
    REQUEST4 = "request4"
    REPLY4 = "reply4"
    DATAGRAM = "datagram"


def _of_type(name: str) -> Callable[[Any], bool]:
    # a value that somebody changed may hold the number instead of the name
    return lambda context: context.address_type in (name, ADDRESS_TYPES[name])


def is_4a(address: bytes) -> bool:
    """Whether a SOCKS4 address says "a name follows": 0.0.0.x with x other than 0 (SOCKS4A)."""
    return len(address) == 4 and address[:3] == b"\0\0\0" and address[3] != 0


_ADDRESS = (
    "address_type" / Enum(Int8ub, **ADDRESS_TYPES),
    "dst" / If(_of_type("ipv4"), Bytes(4)),
    "dstV6" / If(_of_type("ipv6"), Bytes(16)),
    "remote_name_length" / If(_of_type("domain"), Rebuild(Int8ub, len_(this.remote_name))),
    "remote_name" / If(_of_type("domain"), Bytes(this.remote_name_length)),
)
_ABSENT = dict.fromkeys(("dst", "dstV6", "remote_name", "v4a_dns_name"))
_STRING4 = NullTerminated(GreedyBytes)

GRAMMARS: Mapping[Kind, Construct] = {
    # RFC 1928 section 3
    Kind.GREETING: Struct(
        "version" / Int8ub,
        "auth_method_count" / Rebuild(Int8ub, len_(this.auth_method)),
        "auth_method" / Array(this.auth_method_count, Enum(Int8ub, **METHODS)),
    ),
    Kind.SELECTION: Struct("version" / Int8ub, "auth_accepted_method" / Enum(Int8ub, **METHODS)),
    # RFC 1929 section 2
    Kind.PASSWORD: Struct(
        "subnegotiation_version" / Int8ub,
        "username_length" / Rebuild(Int8ub, len_(this.username)),
        "username" / Bytes(this.username_length),
        "password_length" / Rebuild(Int8ub, len_(this.password)),
        "password" / Bytes(this.password_length),
    ),
    Kind.STATUS: Struct("subnegotiation_version" / Int8ub, "auth_status" / Int8ub),
    # RFC 1961 section 3.2; an abort ends after its type (section 3.8)
    Kind.GSSAPI: Struct(
        "gssapi"
        / Struct(
            "version" / Int8ub,
            "command" / Enum(Int8ub, **GSSAPI_COMMANDS),
            "length" / If(this.command != "abort", Rebuild(Int16ub, len_(this.data))),
            "data" / If(this.command != "abort", Bytes(this.length)),
        )
    ),
    # RFC 1928 sections 4, 6 and 7
    Kind.REQUEST: Struct(
        "version" / Int8ub, "command" / Enum(Int8ub, **COMMANDS), "reserved" / Int8ub, *_ADDRESS, "port" / Int16ub
    ),
    Kind.REPLY: Struct("version" / Int8ub, "results" / Enum(Int8ub, **REPLIES), "reserved" / Int8ub, *_ADDRESS, "port" / Int16ub),
    Kind.DATAGRAM: Struct(
        "reserved" / Int16ub, "fragment_number" / Int8ub, *_ADDRESS, "dstport" / Int16ub, "payload" / GreedyBytes
    ),
    Kind.REQUEST4: Struct(
        "version" / Int8ub,
        "command" / Enum(Int8ub, **COMMANDS),
        "dstport" / Int16ub,
        "dst" / Bytes(4),
        "username" / _STRING4,
        "v4a_dns_name" / If(lambda context: is_4a(context.dst), _STRING4),
    ),
    Kind.REPLY4: Struct("version" / Int8ub, "results" / Enum(Int8ub, **REPLIES4), "dstport" / Int16ub, "dst" / Bytes(4)),
}


def build(kind: Kind, value: Mapping[str, Any]) -> bytes:
    """Bytes of a message, with counts and lengths made right; addresses that it does not have may be left out.

    Raises `ConstructError` where a value does not fit.
    """
    return bytes(GRAMMARS[kind].build({**_ABSENT, **value}))


def address_size(kind: int, data: bytes) -> int | None:
    """Bytes from behind the address type to the end of the port, `data` beginning there; None while the name's length is missing.

    Raises `FrameError` for a type that RFC 1928 section 5 does not know: nobody can tell where such an address ends.
    """
    if kind == ADDRESS_TYPES["ipv4"]:
        return 6
    if kind == ADDRESS_TYPES["ipv6"]:
        return 18
    if kind == ADDRESS_TYPES["domain"]:
        return 3 + data[0] if data else None
    raise FrameError(f"address type {kind} is unknown")


def _greeting(data: bytes) -> int | None:
    return 2 + data[1] if len(data) > 1 else None


def _exactly(size: int) -> Callable[[bytes], int | None]:
    return lambda _: size


def _password(data: bytes) -> int | None:
    user_end = 2 + data[1] if len(data) > 1 else len(data)
    return user_end + 1 + data[user_end] if len(data) > user_end else None


def _gssapi(data: bytes) -> int | None:
    if data[1:2] == bytes([_ABORT]):
        return 2
    return 4 + int.from_bytes(data[2:4], "big") if len(data) >= 4 else None


def _addressed(data: bytes) -> int | None:
    size = address_size(data[3], data[4:5]) if len(data) > 3 else None
    return None if size is None else 4 + size


def _request4(data: bytes) -> int | None:
    end = _end_of_string4(data, _HEADER4)
    return _end_of_string4(data, end) if end and is_4a(data[4:8]) else end


def _end_of_string4(data: bytes, start: int) -> int | None:
    end = data.find(b"\0", start, start + LONGEST_STRING4)
    if end < 0 and len(data) >= start + LONGEST_STRING4:
        raise FrameError(f"a string of SOCKS4 does not end within {LONGEST_STRING4} bytes")
    return end + 1 if end >= 0 else None


_FRAMES: Mapping[Kind, Callable[[bytes], int | None]] = {
    Kind.GREETING: _greeting,
    Kind.SELECTION: _exactly(2),
    Kind.PASSWORD: _password,
    Kind.STATUS: _exactly(2),
    Kind.GSSAPI: _gssapi,
    Kind.REQUEST: _addressed,
    Kind.REPLY: _addressed,
    Kind.REQUEST4: _request4,
    Kind.REPLY4: _exactly(8),
    Kind.DATAGRAM: len,
}


BROKEN_HEADS: Mapping[Kind, int] = {Kind.REQUEST: 4, Kind.REPLY: 4, Kind.REQUEST4: _HEADER4 + LONGEST_STRING4}
"""Bytes that belong to a message whose end cannot be known, by the kinds for which `frame` may say so."""


def frame(kind: Kind, data: bytes) -> int | None:
    """Length of the message of this kind at the beginning of `data`, None where more bytes are needed to have it whole.

    Raises `FrameError` where its end cannot be known.
    """
    size = _FRAMES[kind](data)
    return size if size is not None and len(data) >= size else None

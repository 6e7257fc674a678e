"""The parts of pcapng blocks that are not packets: options, interfaces, statistics, names, secrets (draft-ietf-opsawg-pcapng).

Pure functions over block bodies; the walk over the file is in `captures.pcapng`, writing in `captures.pcapng_writer`.
"""

import ipaddress
import struct
from collections.abc import Iterator

from captures.records import Interface

__all__ = [
    "COMMENT",
    "DECRYPTION_SECRETS",
    "ENHANCED_PACKET",
    "INTERFACE_DESCRIPTION",
    "INTERFACE_STATISTICS",
    "NAME_RESOLUTION",
    "OLD_PACKET",
    "SECTION_HEADER",
    "SIMPLE_PACKET",
    "TLS_KEY_LOG",
    "comments_in",
    "interface_from",
    "names_in",
    "options",
    "packet_options",
    "secret_in",
    "statistics_in",
    "text_of",
]

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
OLD_PACKET = 2
SIMPLE_PACKET = 3
NAME_RESOLUTION = 4
INTERFACE_STATISTICS = 5
ENHANCED_PACKET = 6
DECRYPTION_SECRETS = 10

TLS_KEY_LOG = 0x544C534B

COMMENT = 1
"""Code of an option that any block may have."""

_NUMBERS = {2, 4, 5, 6}
"""Options of a packet that are one number: flags, drop count, packet id, queue."""
_CUSTOM = {2988, 2989, 19372, 19373}
_NRB_IPV4, _NRB_IPV6 = 1, 2
_MAX_OFFSET_S = 1 << 32
"""A clock offset beyond the 64-bit nanosecond range is damage, not a clock."""


def options(body: bytes, at: int, order: str) -> Iterator[tuple[int, bytes]]:
    """(code, value) of each option from offset `at` on; stops quietly where they are cut short (section 3.5)."""
    while at + 4 <= len(body):
        code, length = struct.unpack_from(order + "HH", body, at)
        if code == 0 or at + 4 + length > len(body):
            return
        yield code, body[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def packet_options(body: bytes, order: str) -> tuple[tuple[int, bytes], ...]:
    """The options of a packet block as a little-endian file would have them (sections 3.5.1 and 4.3.1)."""
    found = options(body, 0, order)
    return tuple(found) if order == "<" else tuple((code, _turned(code, value)) for code, value in found)


def _turned(code: int, value: bytes) -> bytes:
    """An option's value in the other byte order: flags and counts are numbers, custom options begin with one."""
    if code in _NUMBERS:
        return value[::-1]
    return value[:4][::-1] + value[4:] if code in _CUSTOM else value


def comments_in(body: bytes, at: int, order: str) -> tuple[str, ...]:
    """All opt_comment values (code 1) among the options."""
    return tuple(text_of(value) for code, value in options(body, at, order) if code == COMMENT)


def interface_from(body: bytes, order: str) -> Interface:
    """An Interface Description Block (section 4.2); `body` starts behind the block length and has at least 8 bytes."""
    link_type, _, snaplen = struct.unpack_from(order + "HHI", body)
    interface = Interface(link_type, snaplen)
    for code, value in options(body, 8, order):
        if code == 2:
            interface.name = text_of(value)
        elif code == 3:
            interface.description = text_of(value)
        elif code == 9 and value:
            interface.resolution = 1 << (value[0] & 0x7F) if value[0] & 0x80 else 10 ** value[0]
        elif code == 11 and value[:1] == b"\0":
            interface.filter = text_of(value[1:])
        elif code == 14 and len(value) == 8:
            offset = struct.unpack(order + "q", value)[0]
            interface.offset_s = offset if abs(offset) <= _MAX_OFFSET_S else 0
    return interface


def statistics_in(body: bytes, order: str) -> tuple[int, int, int]:
    """(interface, received, dropped) of an Interface Statistics Block (section 4.6); -1 where it does not say."""
    (number,) = struct.unpack_from(order + "I", body)
    counts = {4: -1, 5: -1}
    for code, value in options(body, 12, order):
        if code in counts and len(value) == 8:
            counts[code] = struct.unpack(order + "Q", value)[0]
    return number, counts[4], counts[5]


def names_in(body: bytes, order: str) -> dict[str, str]:
    """Address → first name of a Name Resolution Block (section 4.5)."""
    names: dict[str, str] = {}
    for kind, record in options(body, 0, order):
        size = {_NRB_IPV4: 4, _NRB_IPV6: 16}.get(kind)
        if size is not None and len(record) > size:
            address = str(ipaddress.ip_address(record[:size]))
            names[address] = text_of(record[size:].split(b"\0", 1)[0])
    return names


def secret_in(body: bytes, order: str) -> bytes | None:
    """The TLS key log of a Decryption Secrets Block (section 4.7); None for secrets of another kind."""
    if len(body) < 8:
        return None
    kind, length = struct.unpack_from(order + "II", body)
    return body[8 : 8 + length] if kind == TLS_KEY_LOG else None


def text_of(value: bytes) -> str:
    """A text option: UTF-8, perhaps with zeros behind it."""
    return value.rstrip(b"\0").decode("utf-8", "replace")

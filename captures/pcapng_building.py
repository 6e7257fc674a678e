"""Single pcapng blocks as bytes (draft-ietf-opsawg-pcapng): little-endian, nanosecond times.

Recorders keep blocks before they reach a file; `pcapng_writer` writes whole files with them.
"""

import struct
from collections.abc import Mapping

from captures import pcapng_blocks as blocks

__all__ = ["MAX_OPTION", "block", "ended", "interface_block", "option", "packet_block", "statistics_block", "text"]

MAX_OPTION = 65_535
"""Bytes of one option: its length has 16 bits. Longer texts are cut at a character."""

_NANOSECONDS = b"\x09"
_PACKET = struct.Struct("<7I")
_LENGTH = struct.Struct("<I")
_PAD = (b"", b"\0\0\0", b"\0\0", b"\0")


def block(kind: int, body: bytes) -> bytes:
    """A block of this kind; `body` is padded to four bytes."""
    padding = _PAD[len(body) & 3]
    length = 12 + len(body) + len(padding)
    return struct.pack("<II", kind, length) + body + padding + _LENGTH.pack(length)


def option(code: int, value: bytes) -> bytes:
    """One option, padded."""
    return struct.pack("<HH", code, len(value)) + value + _PAD[len(value) & 3]


def ended(options: bytes) -> bytes:
    """Options with their end mark; no options need none (section 3.5)."""
    return options + b"\0\0\0\0" if options else b""


def interface_block(name: str, link_type: int, snaplen: int, *, filter: str = "", description: str = "") -> bytes:  # noqa: A002
    """An Interface Description Block (section 4.2) whose packets have nanosecond times; `filter` is libpcap's text."""
    values = ((2, text(name)), (3, text(description)), (9, _NANOSECONDS), (11, filter and b"\0" + text(filter)))
    options = b"".join(option(code, value) for code, value in values if value)
    return block(blocks.INTERFACE_DESCRIPTION, struct.pack("<HHI", link_type & 0xFFFF, 0, snaplen) + ended(options))


def packet_block(interface: int, time_ns: int, data: bytes, original_length: int, options: bytes = b"") -> bytes:
    """An Enhanced Packet Block (section 4.3); `options` are ready-made and end with their mark."""
    size = len(data)
    body = data + _PAD[size & 3] + options
    length = 32 + len(body)
    high, low = time_ns >> 32 & 0xFFFFFFFF, time_ns & 0xFFFFFFFF
    head = _PACKET.pack(blocks.ENHANCED_PACKET, length, interface, high, low, size, original_length)
    return head + body + _LENGTH.pack(length)


def statistics_block(interface: int, now_ns: int, counts: Mapping[int, int], *, begun_ns: int | None = None) -> bytes:
    """An Interface Statistics Block (section 4.6); `counts` are its 64-bit options by code: 4 received, 5 dropped, and so on.

    `begun_ns` is when counting began, where that is to be said.
    """
    times = () if begun_ns is None else ((2, _time(begun_ns)), (3, _time(now_ns)))
    options = b"".join(option(code, time) for code, time in times)
    options += b"".join(option(code, struct.pack("<Q", count)) for code, count in counts.items())
    return block(blocks.INTERFACE_STATISTICS, struct.pack("<I", interface) + _time(now_ns) + ended(options))


def text(value: str) -> bytes:
    """UTF-8 for an option, cut at a character where it is too long."""
    raw = value.encode("utf-8", "replace")
    return raw if len(raw) <= MAX_OPTION - 4 else raw[: MAX_OPTION - 4].decode("utf-8", "ignore").encode()


def _time(time_ns: int) -> bytes:
    return struct.pack("<II", time_ns >> 32 & 0xFFFFFFFF, time_ns & 0xFFFFFFFF)

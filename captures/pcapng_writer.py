"""Writes pcapng (draft-ietf-opsawg-pcapng): nanosecond times, comments, directions, secrets, names, statistics, custom options.

Little-endian, one section. Every call writes whole blocks, so a file that was cut between two calls is valid.
"""

import ipaddress
import struct
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from captures import pcapng_blocks as blocks
from workbench.api import Direction

__all__ = ["MAX_OPTION", "PcapngWriter"]

MAX_OPTION = 65_535
"""Bytes of one option: its length has 16 bits. Longer texts are cut at a character."""

_NANOSECONDS = b"\x09"
_OUTBOUND, _INBOUND = 2, 1
_CUSTOM_TEXT, _CUSTOM_BINARY = 2988, 2989
_MAX_NAMES_BLOCK = 1 << 20
"""Readers refuse name blocks of many megabytes, so long lists are spread over several."""

_PACKET = struct.Struct("<7I")
_LENGTH = struct.Struct("<I")
_PAD = (b"", b"\0\0\0", b"\0\0", b"\0")


class PcapngWriter:
    """Writes to `file`, which stays the caller's to close. Describe the interfaces before the packets that came from them."""

    def __init__(
        self,
        file: BinaryIO,
        *,
        hardware: str = "",
        os: str = "",
        application: str = "workbench",
        comment: str = "",
    ) -> None:
        self._file = file
        self._interfaces = 0
        texts = ((1, comment), (2, hardware), (3, os), (4, application))
        options = b"".join(_option(code, _text(text)) for code, text in texts if text)
        # the section's length is not known while it is written: -1 says so (section 4.1)
        self._block(blocks.SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _ended(options))

    def interface(self, name: str, link_type: int = 1, snaplen: int = 262_144, filter: str = "", description: str = "") -> int:  # noqa: A002
        """Describe an interface; returns its number, from 0. `filter` is the capture filter's text."""
        options = _option(2, _text(name)) if name else b""
        options += _option(3, _text(description)) if description else b""
        options += _option(9, _NANOSECONDS)
        options += _option(11, b"\0" + _text(filter)) if filter else b""
        self._block(blocks.INTERFACE_DESCRIPTION, struct.pack("<HHI", link_type & 0xFFFF, 0, snaplen) + _ended(options))
        self._interfaces += 1
        return self._interfaces - 1

    def packet(
        self,
        time_ns: int,
        data: bytes,
        interface: int = 0,
        original_length: int | None = None,
        comments: Iterable[str] = (),
        direction: Direction | None = None,
        custom: Iterable[tuple[int, str | bytes]] = (),
        options: Iterable[tuple[int, bytes]] = (),
    ) -> None:
        """Write one packet. `time_ns` since the epoch; `custom` are (private enterprise number, value) options, `options` those that
        another file had (`Reader.options`).

        `direction` is what the recording side saw of its own conversation as a client: TO_SERVER is written as outbound.
        """
        told = b"".join(_option(code, value[:MAX_OPTION]) for code, value in options)
        if direction is not None:
            told += _option(2, struct.pack("<I", _OUTBOUND if direction is Direction.TO_SERVER else _INBOUND))
        for comment in comments:
            told += _option(1, _text(comment))
        for number, what in custom:
            code = _CUSTOM_TEXT if isinstance(what, str) else _CUSTOM_BINARY
            raw = _text(what) if isinstance(what, str) else what
            told += _option(code, struct.pack("<I", number) + raw[: MAX_OPTION - 4])
        size = len(data)
        body = data + _PAD[size & 3] + _ended(told)
        length = 32 + len(body)
        wire = size if original_length is None else original_length
        time_ns &= 0xFFFFFFFFFFFFFFFF
        head = _PACKET.pack(blocks.ENHANCED_PACKET, length, interface, time_ns >> 32, time_ns & 0xFFFFFFFF, size, wire)
        self._file.write(head + body + _LENGTH.pack(length))

    def secrets(self, key_log: bytes) -> None:
        """Write TLS secrets (SSLKEYLOGFILE text). They must precede the packets that need them (section 4.7)."""
        self._block(blocks.DECRYPTION_SECRETS, struct.pack("<II", blocks.TLS_KEY_LOG, len(key_log)) + _padded(key_log))

    def names(self, names: Mapping[str, str]) -> None:
        """Write names of IP addresses; what is no IP address is left out."""
        records, size = [], 0
        for address, name in names.items():
            try:
                packed = ipaddress.ip_address(address).packed
            except ValueError:
                continue
            value = packed + _text(name)[: MAX_OPTION - 17] + b"\0"
            records.append(_option(1 if len(packed) == 4 else 2, value))
            size += len(records[-1])
            if size > _MAX_NAMES_BLOCK:
                self._names_block(records)
                records, size = [], 0
        if records:
            self._names_block(records)

    def statistics(self, interface: int, time_ns: int, received: int = -1, dropped: int = -1) -> None:
        """Write an interface's counters as they stand; -1 leaves one out."""
        counts = ((4, received), (5, dropped))
        options = b"".join(_option(code, struct.pack("<Q", count)) for code, count in counts if count >= 0)
        body = struct.pack("<III", interface, time_ns >> 32 & 0xFFFFFFFF, time_ns & 0xFFFFFFFF)
        self._block(blocks.INTERFACE_STATISTICS, body + _ended(options))

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

    def _names_block(self, records: list[bytes]) -> None:
        self._block(blocks.NAME_RESOLUTION, b"".join(records) + b"\0\0\0\0")

    def _block(self, kind: int, body: bytes) -> None:
        length = 12 + len(body)
        self._file.write(struct.pack("<II", kind, length) + body + _LENGTH.pack(length))


def _padded(value: bytes) -> bytes:
    return value + _PAD[len(value) & 3]


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _ended(options: bytes) -> bytes:
    """Options with their end mark; no options need none."""
    return options + b"\0\0\0\0" if options else b""


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return raw if len(raw) <= MAX_OPTION - 4 else raw[: MAX_OPTION - 4].decode("utf-8", "ignore").encode()

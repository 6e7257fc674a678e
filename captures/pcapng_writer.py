"""Writes pcapng (draft-ietf-opsawg-pcapng): nanosecond times, comments, directions, secrets, names, statistics, custom options.

Little-endian, one section. Every call writes whole blocks, so a file that was cut between two calls is valid.
"""

import ipaddress
import struct
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from captures import pcapng_blocks as blocks
from captures.pcapng_building import MAX_OPTION, block, ended, interface_block, option, packet_block, statistics_block, text
from workbench.api import Direction

__all__ = ["PcapngWriter"]

_OUTBOUND, _INBOUND = 2, 1
_CUSTOM_TEXT, _CUSTOM_BINARY = 2988, 2989
_MAX_NAMES_BLOCK = 1 << 20
"""Readers refuse name blocks of many megabytes, so long lists are spread over several."""


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
        options = b"".join(option(code, text(value)) for code, value in texts if value)
        # the section's length is not known while it is written: -1 says so (section 4.1)
        file.write(block(blocks.SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + ended(options)))

    def interface(self, name: str, link_type: int = 1, snaplen: int = 262_144, filter: str = "", description: str = "") -> int:  # noqa: A002
        """Describe an interface; returns its number, from 0. `filter` is the capture filter's text."""
        self._file.write(interface_block(name, link_type, snaplen, filter=filter, description=description))
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
        told = b"".join(option(code, value[:MAX_OPTION]) for code, value in options)
        if direction is not None:
            told += option(2, struct.pack("<I", _OUTBOUND if direction is Direction.TO_SERVER else _INBOUND))
        for comment in comments:
            told += option(1, text(comment))
        for number, what in custom:
            code = _CUSTOM_TEXT if isinstance(what, str) else _CUSTOM_BINARY
            raw = text(what) if isinstance(what, str) else what
            told += option(code, struct.pack("<I", number) + raw[: MAX_OPTION - 4])
        wire = len(data) if original_length is None else original_length
        self._file.write(packet_block(interface, time_ns, data, wire, ended(told)))

    def secrets(self, key_log: bytes) -> None:
        """Write TLS secrets (SSLKEYLOGFILE text). They must precede the packets that need them (section 4.7)."""
        body = struct.pack("<II", blocks.TLS_KEY_LOG, len(key_log)) + key_log
        self._file.write(block(blocks.DECRYPTION_SECRETS, body))

    def names(self, names: Mapping[str, str]) -> None:
        """Write names of IP addresses; what is no IP address is left out."""
        records, size = [], 0
        for address, name in names.items():
            try:
                packed = ipaddress.ip_address(address).packed
            except ValueError:
                continue
            value = packed + text(name)[: MAX_OPTION - 17] + b"\0"
            records.append(option(1 if len(packed) == 4 else 2, value))
            size += len(records[-1])
            if size > _MAX_NAMES_BLOCK:
                self._names_block(records)
                records, size = [], 0
        if records:
            self._names_block(records)

    def statistics(self, interface: int, time_ns: int, received: int = -1, dropped: int = -1) -> None:
        """Write an interface's counters as they stand; -1 leaves one out."""
        counts = {code: count for code, count in ((4, received), (5, dropped)) if count >= 0}
        self._file.write(statistics_block(interface, time_ns, counts))

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

    def _names_block(self, records: list[bytes]) -> None:
        self._file.write(block(blocks.NAME_RESOLUTION, b"".join(records) + b"\0\0\0\0"))

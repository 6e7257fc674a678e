"""Writes pcap (draft-ietf-opsawg-pcap), little-endian, with microseconds or nanoseconds."""

import struct
from typing import BinaryIO

__all__ = ["PcapWriter"]

_HEADER = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<4I")


class PcapWriter:
    """Writes to `file`, which stays the caller's to close. All packets have one link type; there is no room for comments."""

    def __init__(self, file: BinaryIO, link_type: int = 1, nanoseconds: bool = True, snaplen: int = 262_144) -> None:
        self._file = file
        self._unit = 1 if nanoseconds else 1000
        file.write(_HEADER.pack(0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, snaplen, link_type))

    def packet(self, time_ns: int, data: bytes, original_length: int | None = None) -> None:
        """Write one packet. Times wrap in 2106, when the format's 32 bits of seconds end."""
        seconds, rest = divmod(time_ns, 1_000_000_000)
        wire = len(data) if original_length is None else original_length
        self._file.write(_RECORD.pack(seconds & 0xFFFFFFFF, rest // self._unit, len(data), wire) + data)

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

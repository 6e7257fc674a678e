"""One direction's handshake messages, one after the other without records (RFC 9001 4.1.3), cut into pieces as `wire` cuts records."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench_tls.handshake import HEADER
from workbench_tls.limits import MAX_HANDSHAKE, MAX_JUNK
from workbench_tls.wire import Piece, Wire

__all__ = ["CryptoStream"]

_MESSAGE = re.compile(
    rb"[\x01\x02]\x00..\x03\x03"  # hellos: version 0x0303
    rb"|\x04\x00[\x00-\x10].\x00[\x00-\x09]"  # a ticket for at most a week (RFC 8446 4.6.1)
    rb"|\x0b\x00..\x00\x00"  # a Certificate without context, shorter than 64 KB
    rb"|\x0f\x00[\x00-\x10].[\x04-\x09][\x03-\x0b]"  # CertificateVerify with a signature scheme
    rb"|\x14\x00\x00[\x20\x30]",  # Finished with the hash of a suite of TLS 1.3
    re.DOTALL,
)
"""Messages that can hardly be anything else: fewer than one in a million offsets of random bytes looks like one."""
_MESSAGE_BEGINS = re.compile(rb"[\x01\x02\x04\x0b\x0f\x14]")


@dataclass(slots=True)
class CryptoStream(Wire):
    """See the module. A "record" is a whole message here; a longer one than `longest` is a "cut" header, and what follows is "data"."""

    longest: int = MAX_HANDSHAKE

    def __post_init__(self) -> None:
        self.mode = "records"

    def _size(self) -> int:
        return HEADER + int.from_bytes(self.data[1:HEADER], "big") if len(self.data) >= HEADER else 0

    def _record(self) -> Iterator[Piece] | None:
        size = self._size()
        if not size:
            return None
        if size > self.longest:
            self.mode = "seek"
            return self._given(HEADER, "cut")
        return self._given(size, "record") if len(self.data) >= size else None

    def _sought(self) -> Iterator[Piece] | None:
        return self._before(_MESSAGE, _MESSAGE_BEGINS, MAX_JUNK, b"")

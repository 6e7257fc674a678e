"""UDP proxying (RFC 9298) as far as it needs no network: to the echo service of this host, which is part of the server.

Payloads come and go as HTTP datagrams (RFC 9297 2), or as capsules on the stream (RFC 9297 3).
"""

import re

from workbench.api import read_varint, varint
from workbench_http3.names import Capsule
from workbench_http3.server_faults import StreamFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["LAST_QUARTER", "UdpEcho", "quarter", "udp_refusal"]

LAST_QUARTER = (1 << 60) - 1
"""The highest number of a request's stream, divided by four (RFC 9297 2.1)."""

MAX_CAPSULE = 65_544
"""Bytes of a DATAGRAM capsule: a context and the largest UDP payload (RFC 9298 5)."""

_TARGET = re.compile(rb"/\.well-known/masque/udp/([^/]+)/([0-9]{1,5})/")
_HERE = (b"localhost", b"127.0.0.1", b"%3A%3A1")
_ECHO = 7
"""The port of the echo service (RFC 862)."""


def quarter(data: bytes) -> tuple[int, bytes] | None:
    """The request's stream and the payload of an HTTP datagram in a QUIC one (RFC 9297 2.1); None where it is none."""
    found = read_varint(data)
    if found is None or found[0] > LAST_QUARTER:
        return None
    return 4 * found[0], data[found[1] :]


def udp_refusal(path: bytes) -> int:
    """The status that answers a target that is none or that is not ours, 0 for a good one (RFC 9298 3)."""
    found = _TARGET.fullmatch(path)
    if found is None or not 1 <= int(found[2]) <= 65_535:
        return 400
    return 0 if found[1] in _HERE and int(found[2]) == _ECHO else 403


class UdpEcho:
    """`over` once the client has ended its side."""

    def __init__(self) -> None:
        self.over = False
        self._buffer = b""
        self._skipping = 0

    def receive(self, data: bytes) -> bytes:
        """Capsules of the client, b"" for its end; returns the answers. Raises a stream error for a broken one."""
        self.over = not data
        if self.over:
            if self._buffer or self._skipping:
                raise StreamFault(ErrorCode.H3_MESSAGE_ERROR, "the stream ends inside a capsule (RFC 9297 3.3)")
            return b""
        self._buffer += data
        out = bytearray()
        while (capsule := self._capsule()) is not None:
            out += capsule
        return bytes(out)

    def leave(self) -> bytes:
        """The server shuts down: UDP has no farewell."""
        self.over = True
        return b""

    def datagram(self, payload: bytes) -> bytes | None:
        """The answer to one payload; None where its context is nobody's business (RFC 9298 5)."""
        context = read_varint(payload)
        return payload if context is not None and context[0] == 0 else None

    def _capsule(self) -> bytes | None:
        """The answer to the next capsule, None where it is not complete."""
        if self._skipping:
            size = min(self._skipping, len(self._buffer))
            self._buffer, self._skipping = self._buffer[size:], self._skipping - size
            return None if self._skipping else b""
        kind = read_varint(self._buffer)
        size_at = None if kind is None else read_varint(self._buffer, kind[1])
        if kind is None or size_at is None:
            return None
        size, at = size_at
        if kind[0] != Capsule.DATAGRAM:
            self._buffer, self._skipping = self._buffer[at:], size
            return b""  # RFC 9297 3.2
        if size > MAX_CAPSULE:
            raise StreamFault(ErrorCode.H3_DATAGRAM_ERROR, f"a datagram of {size} bytes (RFC 9298 5)")
        if len(self._buffer) < at + size:
            return None
        payload, self._buffer = self._buffer[at : at + size], self._buffer[at + size :]
        answer = self.datagram(payload)
        return b"" if answer is None else varint(Capsule.DATAGRAM) + varint(len(answer)) + answer

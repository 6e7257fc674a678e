"""The first bytes of a datagram, as far as a server looks at them before it knows whose they are (RFC 8999)."""

from dataclasses import dataclass

from workbench_quic.varints import varint
from workbench_quic.versions import V1, V2, Kind, version_of

__all__ = ["CID_LENGTH", "LONGEST_CID", "Header", "read_header"]

CID_LENGTH = 8
"""Bytes of our own connection IDs: enough that nobody guesses one among a thousand, and what aioquic's tests know best."""

LONGEST_CID = 20
"""Bytes of a connection ID in the versions that we speak (RFC 9000 17.2). Others may have more (RFC 8999 5.1)."""

_LONG, _FIXED = 0x80, 0x40


@dataclass(frozen=True, slots=True)
class Header:
    """Of a packet. `version` is None for short headers, and 0 for Version Negotiation; `token` is that of an Initial."""

    destination: bytes
    source: bytes = b""
    version: int | None = None
    initial: bool = False
    token: bytes = b""


def read_header(datagram: bytes) -> Header | None:
    """What the first packet of a datagram says; None where it is no packet of QUIC."""
    if not datagram:
        return None
    try:
        return _long(datagram) if datagram[0] & _LONG else _short(datagram)
    except IndexError:
        return None


def _short(datagram: bytes) -> Header | None:
    if not datagram[0] & _FIXED or len(datagram) < 1 + CID_LENGTH:
        return None
    return Header(datagram[1 : 1 + CID_LENGTH])


def _long(datagram: bytes) -> Header | None:
    version = int.from_bytes(datagram[1:5], "big")
    destination, at = _identifier(datagram, 5)
    source, at = _identifier(datagram, at)
    spoken = version_of(version) if version in (V1, V2) else None
    if spoken is None:
        return Header(destination, source, version)
    if not datagram[0] & _FIXED or max(len(destination), len(source)) > LONGEST_CID:
        return None
    initial = spoken.kinds[(datagram[0] & 0x30) >> 4] is Kind.INITIAL
    token = b""
    if initial:
        size, at = varint(datagram, at)
        token = datagram[at : at + size]
        if len(token) < size:
            return None
    return Header(destination, source, version, initial, token)


def _identifier(datagram: bytes, at: int) -> tuple[bytes, int]:
    """A connection ID behind its length, and where it ends. Raises `IndexError` where it does not."""
    end = at + 1 + datagram[at]
    if end > len(datagram):
        raise IndexError
    return datagram[at + 1 : end], end

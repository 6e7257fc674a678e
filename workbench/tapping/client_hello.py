"""A first look at what a client says: is it a TLS ClientHello, and for which name and protocols does it ask (RFC 8446 4.1.2)?

Nothing here judges the handshake; that is OpenSSL's business. Bytes in, a verdict out, however they are cut into records and segments.
"""

from dataclasses import dataclass

__all__ = ["MOST_HELLO", "MOST_RECORDS", "ClientHello", "HelloReader", "NoHello"]

MOST_HELLO = 65_536
"""Bytes of a ClientHello: many times what browsers with post-quantum keys send (about two thousand)."""

MOST_RECORDS = 4_096
"""Records of one ClientHello: one is usual, and whoever cuts it into single bytes to slip through somewhere is read, too."""

_HANDSHAKE = 22
_CLIENT_HELLO = 1
_MOST_RECORD = 16_384
_SERVER_NAME, _ALPN = 0, 16
_FIXED = 2 + 32
"""legacy_version and random."""


class NoHello(Exception):  # noqa: N818 - a verdict, not an error
    """These bytes do not begin a ClientHello."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """`server_name` is "" where it names none (RFC 6066 3), `alpn` lists what it offers (RFC 7301 3.1)."""

    server_name: str
    alpn: tuple[str, ...]


class HelloReader:
    """Looks at the beginning of a connection as it comes, in whatever pieces; each byte is looked at once."""

    def __init__(self) -> None:
        self._rest = bytearray()
        """Of records, not yet looked at."""
        self._message = bytearray()
        """The first handshake message, put together from its records (RFC 8446 5.1)."""
        self._left = 0
        """Bytes of the present record that are still to come."""
        self._records = 0

    def receive(self, data: bytes) -> ClientHello | None:
        """The ClientHello as soon as it is whole, None before. Raises NoHello for anything else."""
        self._rest += data
        while self._left or self._begin_record():
            part = self._rest[: self._left]
            if not part:
                break
            del self._rest[: len(part)]
            self._left -= len(part)
            self._message += part
            if self._message[0] != _CLIENT_HELLO:
                raise NoHello("no ClientHello")
            whole = self._whole()
            if whole is not None:
                return _checked(whole)
        return None

    def _begin_record(self) -> bool:
        """Take the head of a record, if there is one."""
        head = bytes(self._rest[:5])
        # a handshake record of version 3.x: nothing else begins so on purpose
        if head[:1] not in (b"", bytes((_HANDSHAKE,))) or head[1:2] not in (b"", b"\x03"):
            raise NoHello("no TLS handshake")
        if len(head) < 5:
            return False
        self._left = int.from_bytes(head[3:5], "big")
        self._records += 1
        if not 0 < self._left <= _MOST_RECORD:
            raise NoHello("no TLS record")
        if self._records > MOST_RECORDS:
            raise NoHello("a ClientHello in too many records")
        del self._rest[:5]
        return True

    def _whole(self) -> bytes | None:
        if len(self._message) < 4:
            return None
        wanted = 4 + int.from_bytes(self._message[1:4], "big")
        if wanted > MOST_HELLO:
            raise NoHello("a ClientHello larger than any")
        return bytes(self._message[4:wanted]) if len(self._message) >= wanted else None


def _checked(body: bytes) -> ClientHello:
    try:
        return _read(body)
    except (IndexError, ValueError) as error:
        raise NoHello("its ClientHello is broken") from error


def _read(body: bytes) -> ClientHello:
    at = _FIXED
    at += 1 + body[at]  # legacy_session_id
    at += 2 + int.from_bytes(body[at : at + 2], "big")  # cipher_suites
    at += 1 + body[at]  # legacy_compression_methods
    name = ""
    alpn: tuple[str, ...] = ()
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    at += 2
    while at + 4 <= min(end, len(body)):
        kind, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        value = body[at + 4 : at + 4 + size]
        if kind == _SERVER_NAME:
            name = _server_name(value)
        elif kind == _ALPN:
            alpn = _protocols(value)
        at += 4 + size
    return ClientHello(name, alpn)


def _server_name(value: bytes) -> str:
    """The first host_name of the list."""
    if len(value) < 5 or value[2] != 0:
        return ""
    size = int.from_bytes(value[3:5], "big")
    return value[5 : 5 + size].decode("ascii").lower()


def _protocols(value: bytes) -> tuple[str, ...]:
    """Those that can be named: what browsers strew in to keep servers tolerant (RFC 8701) is not meant to be chosen."""
    found, at = [], 2
    while at < len(value):
        name = value[at + 1 : at + 1 + value[at]]
        at += 1 + value[at]
        if name and name.isascii() and name.decode("ascii").isprintable():
            found.append(name.decode("ascii"))
    return tuple(found)

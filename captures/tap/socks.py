"""The server's side of SOCKS5 (RFC 1928) as far as a tap speaks it: CONNECT and UDP ASSOCIATE, without authentication or with any name
and password.

Sans-IO: bytes in, what to answer and where the client wants to go out.
"""

import ipaddress
import struct
from dataclasses import dataclass

from captures.tap.facts import Asked, Failure
from workbench.api import Endpoint

__all__ = ["Socks5", "SocksError", "address_of", "granted", "read_address", "rejected"]

VERSION = 5
_NO_AUTHENTICATION, _PASSWORD, _NONE_ACCEPTABLE = 0x00, 0x02, 0xFF
_CONNECT, _ASSOCIATE = 1, 3
_IPV4, _NAME, _IPV6 = 1, 3, 4
_SIZES = {_IPV4: 4, _IPV6: 16}

_COMMAND_UNSUPPORTED, _ADDRESS_UNSUPPORTED = 7, 8
_REPLIES = {"forbidden": 2, "unknown": 4, "refused": 5, "timeout": 4}
"""RFC 1928 6: not allowed, host unreachable, connection refused."""


class SocksError(Exception):
    """The client cannot be served. `answer` is to be sent before hanging up, the text is for people."""

    def __init__(self, text: str, answer: bytes = b"") -> None:
        super().__init__(text)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Heard:
    """What bytes of the client led to. `asked` is None as long as it has not said where it wants to go; `rest` is what it said after.
    `datagrams`: it wants to send datagrams, wherever."""

    answer: bytes = b""
    asked: Asked | None = None
    rest: bytes = b""
    datagrams: bool = False


class Socks5:
    """One client's opening. It is over with the first target or `SocksError`."""

    def __init__(self) -> None:
        self._buffer = b""
        self._read = self._greeting

    def receive(self, data: bytes) -> Heard:
        """Take bytes of the client. Raises SocksError when it asks for what is not there or speaks something else.

        Every message has at most 513 bytes, so that little waits for the end of one.
        """
        self._buffer += data
        answer = b""
        try:
            while (step := self._read()) is not None:
                answer += step.answer
                if step.asked is not None:
                    return Heard(answer, step.asked, self._buffer, step.datagrams)
        except SocksError as error:  # what came before it in one piece is to be answered, too
            error.answer = answer + error.answer
            raise
        return Heard(answer)

    def _take(self, size: int) -> bytes:
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _greeting(self) -> Heard | None:
        """RFC 1928 3."""
        if self._buffer and self._buffer[0] != VERSION:
            raise SocksError("it does not speak SOCKS5")
        if len(self._buffer) < 2 or len(self._buffer) < 2 + self._buffer[1]:
            return None
        methods = self._take(2 + self._buffer[1])[2:]
        if _NO_AUTHENTICATION in methods:
            self._read = self._request
            return Heard(bytes((VERSION, _NO_AUTHENTICATION)))
        if _PASSWORD in methods:
            self._read = self._password
            return Heard(bytes((VERSION, _PASSWORD)))
        raise SocksError("it offers no way to log in that we know", bytes((VERSION, _NONE_ACCEPTABLE)))

    def _password(self) -> Heard | None:
        """RFC 1929 2: whoever reaches the tap may use it, and some clients insist on saying a name."""
        buffer = self._buffer
        if len(buffer) < 2 or len(buffer) < 3 + buffer[1] or len(buffer) < 3 + buffer[1] + buffer[2 + buffer[1]]:
            return None
        self._take(3 + buffer[1] + buffer[2 + buffer[1]])
        self._read = self._request
        return Heard(b"\x01\x00")

    def _request(self) -> Heard | None:
        """RFC 1928 4."""
        buffer = self._buffer
        if len(buffer) < 5:
            return None
        _, command, _, kind = buffer[:4]
        if kind not in (_IPV4, _NAME, _IPV6):
            raise SocksError("it asks for an address of a kind that does not exist", _reply(_ADDRESS_UNSUPPORTED))
        found = read_address(buffer, 3)
        if found is None:
            return None
        if command not in (_CONNECT, _ASSOCIATE):
            raise SocksError("it asks for something else than CONNECT and UDP ASSOCIATE", _reply(_COMMAND_UNSUPPORTED))
        host, port, end = found
        self._take(end)
        return Heard(asked=Asked(host, port), datagrams=command == _ASSOCIATE)


def read_address(data: bytes, at: int) -> tuple[str, int, int] | None:
    """Host, port, and where they end, of the address at an offset (RFC 1928 5); None where there is no whole one."""
    kind = data[at] if at < len(data) else 0
    size = _SIZES.get(kind)
    start = at + 1
    if kind == _NAME and start < len(data):
        size, start = data[start], start + 1
    if size is None or len(data) < start + size + 2:
        return None
    raw = data[start : start + size]
    host = raw.decode("ascii", "backslashreplace") if kind == _NAME else str(ipaddress.ip_address(raw))
    return host, struct.unpack_from("!H", data, start + size)[0], start + size + 2


def address_of(endpoint: Endpoint) -> bytes:
    """An address with its port, the other way round."""
    packed = ipaddress.ip_address(endpoint.host).packed
    return bytes((_IPV4 if len(packed) == _SIZES[_IPV4] else _IPV6,)) + packed + struct.pack("!H", endpoint.port)


def granted(own: Endpoint = Endpoint("0.0.0.0", 0)) -> bytes:  # noqa: S104, B008 - no address at all, and frozen
    """The answer to a client whose target answers: our address towards it is nobody's business. `own` is where datagrams are taken."""
    return bytes((VERSION, 0, 0)) + address_of(own)


def rejected(failure: Failure) -> bytes:
    """The answer to a client whose target cannot be had."""
    return _reply(_REPLIES[failure.kind])


def _reply(code: int) -> bytes:
    """RFC 1928 6, with no address."""
    return bytes((VERSION, code, 0, _IPV4)) + bytes(6)

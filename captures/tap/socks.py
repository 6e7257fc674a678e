"""The server's side of SOCKS5 (RFC 1928) as far as a tap speaks it: CONNECT, without authentication or with any name and password.

Sans-IO: bytes in, what to answer and where the client wants to go out.
"""

import ipaddress
import struct
from dataclasses import dataclass

from captures.tap.facts import Asked, Failure

__all__ = ["Socks5", "SocksError", "granted", "rejected"]

VERSION = 5
_NO_AUTHENTICATION, _PASSWORD, _NONE_ACCEPTABLE = 0x00, 0x02, 0xFF
_CONNECT = 1
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
    """What bytes of the client led to. `asked` is None as long as it has not said where it wants to go; `rest` is what it said after."""

    answer: bytes = b""
    asked: Asked | None = None
    rest: bytes = b""


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
                    return Heard(answer, step.asked, self._buffer)
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
        start = 5 if kind == _NAME else 4
        end = start + (buffer[4] if kind == _NAME else _SIZES[kind])
        if len(buffer) < end + 2:
            return None
        if command != _CONNECT:
            raise SocksError("it asks for something else than CONNECT", _reply(_COMMAND_UNSUPPORTED))
        raw = buffer[start:end]
        host = raw.decode("ascii", "backslashreplace") if kind == _NAME else str(ipaddress.ip_address(raw))
        port = struct.unpack_from("!H", buffer, end)[0]
        self._take(end + 2)
        return Heard(asked=Asked(host, port))


def granted() -> bytes:
    """The answer to a client whose target answers. Our address towards it is nobody's business."""
    return _reply(0)


def rejected(failure: Failure) -> bytes:
    """The answer to a client whose target cannot be had."""
    return _reply(_REPLIES[failure.kind])


def _reply(code: int) -> bytes:
    """RFC 1928 6, with no address."""
    return bytes((VERSION, code, 0, _IPV4)) + bytes(6)

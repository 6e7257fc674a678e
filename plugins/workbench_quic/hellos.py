"""The few things of the TLS handshake that keys and streams depend on: client random, suites, ALPN, server name, two of the transport
parameters (RFC 8446 4, RFC 9001 8, RFC 9000 18.2). The whole handshake is read by the TLS plugin.

All readers give what they found until the bytes were not as they should be; none raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench_quic.varints import varint

__all__ = ["Hello", "message_size", "read_hello"]

HEADER = 4
CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS = 1, 2, 8
_SERVER_NAME, _ALPN, _PARAMETERS, _DRAFT_PARAMETERS = 0, 16, 0x39, 0xFFA5
_RESET_TOKEN, _PREFERRED_ADDRESS = 0x02, 0x0D
_ADDRESSES = 24
"""Bytes of both addresses and ports before the connection ID of a preferred address (RFC 9000 18.2)."""
RESET_TOKEN = 16
_MOST_PARAMETERS = 64
"""Numbers kept of one message: the registry has some thirty parameters."""
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""What makes a ServerHello a HelloRetryRequest (RFC 8446 4.1.3)."""


@dataclass(slots=True)
class Hello:
    """What one handshake message said. `suites` are those offered, or the one chosen; `alpn` and `name` are b"" where nothing was said."""

    kind: int
    random: bytes = b""
    suites: tuple[int, ...] = ()
    alpn: bytes = b""
    name: bytes = b""
    parameters: dict[int, int] = field(default_factory=dict)
    """Transport parameters that are numbers, by identifier."""
    token: bytes = b""
    """The stateless reset token of the server's first connection ID."""
    preferred: tuple[bytes, bytes] = (b"", b"")
    """Connection ID and token of the server's preferred address."""
    retry: bool = False
    """Whether it is a HelloRetryRequest."""


def message_size(data: bytes | bytearray) -> int:
    """Bytes of the handshake message that begins here; 0 while its header is not complete."""
    return HEADER + int.from_bytes(data[1:HEADER], "big") if len(data) >= HEADER else 0


def read_hello(message: bytes) -> Hello | None:
    """A whole ClientHello, ServerHello or EncryptedExtensions; None for other messages."""
    if not message or message[0] not in (CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS):
        return None
    hello = Hello(message[0])
    at = HEADER
    if message[0] != ENCRYPTED_EXTENSIONS:
        hello.random = message[at + 2 : at + 34]
        at += 34
        at += 1 + _byte(message, at)  # the session ID
        if message[0] == CLIENT_HELLO:
            size = _word(message, at)
            suites = message[at + 2 : at + 2 + size]
            hello.suites = tuple(_word(suites, place) for place in range(0, len(suites) - 1, 2))
            at += 2 + size
            at += 1 + _byte(message, at)
        else:
            hello.suites = (_word(message, at),)
            hello.retry = hello.random == _RETRY_RANDOM
            at += 3
    for kind, body in _items(message[at + 2 : at + 2 + _word(message, at)]):
        _extension(hello, kind, body)
    return hello


def _extension(hello: Hello, kind: int, body: bytes) -> None:
    if kind == _ALPN:
        # the first protocol of the client's list is the one it would like best; the server's list has one
        hello.alpn = body[3 : 3 + _byte(body, 2)]
    elif kind == _SERVER_NAME and hello.kind == CLIENT_HELLO:
        hello.name = body[5 : 5 + _word(body, 3)]
    elif kind in (_PARAMETERS, _DRAFT_PARAMETERS):
        for number, value in _parameters(body):
            _parameter(hello, number, value)


def _parameter(hello: Hello, number: int, value: bytes) -> None:
    if number == _RESET_TOKEN and len(value) == RESET_TOKEN:
        hello.token = value
    elif number == _PREFERRED_ADDRESS:
        size = _byte(value, _ADDRESSES)
        cid = value[_ADDRESSES + 1 : _ADDRESSES + 1 + size]
        hello.preferred = cid, value[_ADDRESSES + 1 + size :]
    elif value and len(value) == 1 << (value[0] >> 6) and len(hello.parameters) < _MOST_PARAMETERS:
        hello.parameters[number] = varint(value, 0)[0]


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Extensions: type and length of two bytes each."""
    at = 0
    while at + 4 <= len(data):
        size = _word(data, at + 2)
        yield _word(data, at), data[at + 4 : at + 4 + size]
        at += 4 + size


def _parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Transport parameters: identifier and length are variable-length integers."""
    at = 0
    try:
        while at < len(data):
            number, at = varint(data, at)
            size, at = varint(data, at)
            yield number, data[at : at + size]
            at += size
    except IndexError:
        return


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")

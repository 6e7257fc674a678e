"""A training target: the unencrypted beginning of a TLS 1.2 server with planted faults, to learn and to test fuzzing on.

It answers hellos with a choice (RFC 5246 7.3, without a certificate, so no handshake gets further), and heartbeats (RFC 6520). There is no
server without the faults: real ones have `workbench.serving` and OpenSSL. `FAULTS` lists them (`workbench plugins show tls`), the functions
that have them name them. Never serve it to strangers.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from workbench.api import Fault, FaultKind, ServerConnection, ServerOptions, Service, UsageError
from workbench_tls.seeds import SEEDS, heartbeat
from workbench_tls.wire import HEADER, is_header

__all__ = ["FAULTS", "FaultyConnection", "training"]

_ALERT, _HANDSHAKE, _HEARTBEAT = 21, 22, 24
_CLIENT_HELLO, _SERVER_HELLO, _SERVER_DONE = 1, 2, 14
_KNOWN = frozenset((0, 1, 2, 4, 5, 8, 11, 12, 13, 14, 15, 16, 20, 22, 24, 254))
"""Handshake messages that have a meaning (RFC 8446 B.3, RFC 5246 7.4)."""
_WARNING, _FATAL = 1, 2
_CLOSE_NOTIFY, _UNEXPECTED, _NO_CHOICE, _DECODE_ERROR = 0, 10, 40, 50
_SERVER_NAME = 0
_COMPRESSIONS = {0: "null"}
_SESSION = tuple(range(32))
"""Session IDs have at most 32 bytes (RFC 5246 7.4.1.2)."""
_RANDOM = bytes(range(32))

_HELLO = SEEDS[0].messages[0]
_AT_SESSION = HEADER + 4 + 2 + 32
"""Where a hello says how long its session ID is."""
_AT_NAME = _HELLO.index(b"\0\x0eserver.example")


def _changed(at: int, new: bytes) -> bytes:
    """The recorded hello with other bytes at a place."""
    return _HELLO[:at] + new + _HELLO[at + len(new) :]


FAULTS = (
    Fault(
        name="deflate",
        kind=FaultKind.MAGIC,
        trigger="a hello with a compression method other than 0",
        effect="`KeyError`: there is no codec of that number",
        oracles=("crash",),
        example=(_changed(_HELLO.index(b"\xff\x01\0\0\xc2") + 2, b"\x01"),),
    ),
    Fault(
        name="session",
        kind=FaultKind.OVERFLOW,
        trigger="a session ID of more than 32 bytes",
        effect="`IndexError`: it is copied into a table of 32",
        oracles=("crash",),
        example=(_changed(_AT_SESSION, b"\x21"),),
    ),
    Fault(
        name="again",
        kind=FaultKind.ORDER,
        trigger="a second hello, once the first was answered",
        effect="`KeyError`: what was offered is taken off a table twice",
        oracles=("crash",),
        example=(_HELLO, _HELLO),
    ),
    Fault(
        name="names",
        kind=FaultKind.HANG,
        trigger="a server name of no bytes",
        effect="the list of names is walked in steps of that size, for ever",
        oracles=("hang",),
        example=(_changed(_AT_NAME, b"\0\0"),),
    ),
    Fault(
        name="later",
        kind=FaultKind.GROWTH,
        trigger="a handshake message of a type that has no meaning",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(b"\x16\x03\x03\0\4\x63\0\0\0",),
    ),
    Fault(
        name="heartbeat",
        kind=FaultKind.LEAK,
        trigger="a heartbeat that says it has more payload than it has",
        effect="what was received before it, from anybody, comes back with it",
        oracles=("leak",),
        example=(heartbeat(b"x", said=200),),
    ),
    Fault(
        name="done",
        kind=FaultKind.REPLY,
        trigger="a heartbeat that is no request",
        effect="a ServerHelloDone follows, whatever was said before",
        oracles=("state",),
        example=(heartbeat(b"x", kind=2),),
    ),
)

KEPT = b"\1" * 262_144
"""What `later` keeps each time: enough to be seen at once."""
MEMORY = 65_535
"""Bytes received last, of all connections: as many as a heartbeat can ask for."""
_kept: list[bytearray] = []


class _Malformed(Exception):  # noqa: N818 - how a reader says that a peer wrote nonsense
    """Something is not as long as it says."""


class _Reader:
    """Takes numbers and vectors off the front of a message (RFC 5246 4)."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, size: int) -> bytes:
        if size > len(self.rest):
            raise _Malformed
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> bytes:
        return self.take(self.number(size))


class FaultyConnection:
    """See `ServerConnection`. `memory` is what all connections have received."""

    def __init__(self, memory: bytearray) -> None:
        self.closed = False
        self._memory = memory
        self._records = bytearray()
        self._handshake = bytearray()
        self._offered: dict[str, tuple[int, ...]] | None = None

    def receive(self, data: bytes) -> bytes:
        """Take bytes; give the answers to the records that are there whole."""
        if not data:
            self.closed = True
        self._records += data
        out = b""
        while not self.closed and len(self._records) >= HEADER:
            if not is_header(self._records):
                return out + self._refuse(_UNEXPECTED)
            end = HEADER + int.from_bytes(self._records[3:5], "big")
            if len(self._records) < end:
                break
            kind, payload = self._records[0], bytes(self._records[HEADER:end])
            del self._records[:end]
            try:
                out += _ANSWERS.get(kind, FaultyConnection._ignored)(self, payload)
            except _Malformed:
                out += self._refuse(_DECODE_ERROR)
        return out

    def pull(self) -> bytes:
        """Everything was said at once."""
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        """Nothing depends on time."""
        return b""

    def drain(self) -> bytes:
        """Say goodbye."""
        return self._refuse(_CLOSE_NOTIFY, _WARNING)

    def _refuse(self, code: int, level: int = _FATAL) -> bytes:
        self.closed = True
        return _record(_ALERT, bytes((level, code)))

    def _ignored(self, payload: bytes) -> bytes:
        return b""

    def _alert(self, payload: bytes) -> bytes:
        if len(payload) < 2:
            raise _Malformed
        if payload[1] == _CLOSE_NOTIFY:
            return self._refuse(_CLOSE_NOTIFY, _WARNING)
        self.closed = payload[0] == _FATAL
        return b""

    def _heartbeat(self, payload: bytes) -> bytes:
        """`heartbeat` and `done`."""
        message = _Reader(payload)
        kind, size = message.number(1), message.number(2)
        self._memory[:0] = message.rest[: max(0, len(message.rest) - 16)]
        del self._memory[MEMORY:]
        if kind != 1:
            return _record(_HANDSHAKE, bytes((_SERVER_DONE, 0, 0, 0)))
        return _record(_HEARTBEAT, b"\2" + size.to_bytes(2, "big") + bytes(self._memory[:size]) + bytes(16))

    def _handshaken(self, payload: bytes) -> bytes:
        self._handshake += payload
        out = b""
        while len(self._handshake) >= 4:
            end = 4 + int.from_bytes(self._handshake[1:4], "big")
            if len(self._handshake) < end:
                break
            kind, body = self._handshake[0], bytes(self._handshake[4:end])
            del self._handshake[:end]
            if kind == _CLIENT_HELLO:
                out += self._hello(_Reader(body))
            elif kind not in _KNOWN:
                _kept.append(bytearray(KEPT))  # `later`
        return out

    def _hello(self, hello: _Reader) -> bytes:
        """`session`, `deflate` and `again`."""
        hello.take(2 + 32)
        table = [_SESSION[place] for place in range(hello.number(1))]
        hello.take(len(table))
        suites = hello.vector(2)
        _ = [_COMPRESSIONS[method] for method in hello.vector(1)]
        if hello.rest:
            self._extensions(_Reader(hello.vector(2)))
        if self._offered is None:
            self._offered = {"suites": tuple(suites)}
        del self._offered["suites"]
        if len(suites) < 2:
            return self._refuse(_NO_CHOICE)
        body = b"\3\3" + _RANDOM + b"\0" + suites[:2] + b"\0"
        message = bytes((_SERVER_HELLO,)) + len(body).to_bytes(3, "big") + body
        return _record(_HANDSHAKE, message + bytes((_SERVER_DONE, 0, 0, 0)))

    def _extensions(self, extensions: _Reader) -> None:
        while extensions.rest:
            kind, content = extensions.number(2), extensions.vector(2)
            if kind == _SERVER_NAME and content:
                _names(_Reader(content).vector(2))


def _names(names: bytes) -> list[bytes]:
    """`names`."""
    found = []
    at = 0
    while at + 3 <= len(names):
        size = int.from_bytes(names[at + 1 : at + 3], "big")
        if not size:
            continue
        found.append(names[at + 3 : at + 3 + size])
        at += 3 + size
    return found


def _record(kind: int, payload: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(payload).to_bytes(2, "big") + payload


_ANSWERS: Mapping[int, Callable[[FaultyConnection, bytes], bytes]] = MappingProxyType(
    {_ALERT: FaultyConnection._alert, _HANDSHAKE: FaultyConnection._handshaken, _HEARTBEAT: FaultyConnection._heartbeat}
)


def training(options: ServerOptions) -> Service:
    """Start a faulty service; the `training` slot of the protocol. It has no settings: raises UsageError where there are some."""
    for name in options.settings:
        raise UsageError("is no setting of the training server of tls", place=name, remedy="It has none")
    memory = bytearray()

    def accept() -> ServerConnection:
        return FaultyConnection(memory)

    return accept

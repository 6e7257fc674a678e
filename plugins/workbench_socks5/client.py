"""A small blocking client: what the workload drives proxies with. Strict about replies, so that a wrong one is noticed."""

import socket
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from workbench.api import Endpoint
from workbench_socks5.grammar import GRAMMARS, Kind, build, frame
from workbench_socks5.names import COMMANDS, METHODS, REPLY_TEXTS
from workbench_socks5.presentation import host_of
from workbench_socks5.seeds import greeting, password, request
from workbench_socks5.session import address_fields, is_address

__all__ = ["Client", "RefusedError", "unwrap", "wrap"]

PATIENCE_S = 10.0
_LONGEST_REPLY = 262


class RefusedError(OSError):
    """The proxy said no; `code` is its reply (RFC 1928 section 6), None where it denied the user or all methods."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


class Client(AbstractContextManager["Client"]):
    """One connection to a proxy. Raises `OSError` when it cannot be reached or breaks the protocol, `RefusedError` when it refuses."""

    def __init__(self, proxy: Endpoint, user: bytes = b"", secret: bytes = b"") -> None:
        self.sock = socket.create_connection((proxy.host, proxy.port), PATIENCE_S)
        try:
            self._negotiate(user, secret)
        except BaseException:
            self.sock.close()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.sock.close()

    def _negotiate(self, user: bytes, secret: bytes) -> None:
        self.sock.sendall(greeting(METHODS["password"]) if user else greeting(METHODS["none"]))
        chosen = self.read(2)[1]
        if chosen == METHODS["no_acceptable"]:
            raise RefusedError("no method was acceptable")
        if user:
            self.sock.sendall(password(user, secret))
            if self.read(2)[1]:
                raise RefusedError("the user was denied")

    def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise ConnectionError(f"the proxy ended after {len(data)} of {size} bytes")
            data += more
        return data

    def ask(self, command: str, host: str, port: int) -> Endpoint:
        """Send a request; gives the address of its reply."""
        self.sock.sendall(request(COMMANDS[command], host if is_address(host) else host.encode(), port))
        return self.reply()

    def reply(self) -> Endpoint:
        """The next reply's address."""
        head = self.read(5)
        size = frame(Kind.REPLY, head + bytes(_LONGEST_REPLY))
        assert size is not None
        value: Any = GRAMMARS[Kind.REPLY].parse(head + self.read(size - len(head)))
        if head[1]:
            raise RefusedError(REPLY_TEXTS.get(head[1], f"reply {head[1]}"), head[1])
        return Endpoint(host_of(value), value.port)


def wrap(to: Endpoint, payload: bytes, fragment: int = 0) -> bytes:
    """A datagram for the relay (RFC 1928 section 7)."""
    value = {"reserved": 0, "fragment_number": fragment, "dstport": to.port, "payload": payload, **address_fields(to.host)}
    return build(Kind.DATAGRAM, value)


def unwrap(datagram: bytes) -> tuple[Endpoint, bytes]:
    """Who sent what a relay gives; raises `ConstructError` for what is no such datagram."""
    value: Any = GRAMMARS[Kind.DATAGRAM].parse(datagram)
    return Endpoint(host_of(value), value.dstport), value.payload

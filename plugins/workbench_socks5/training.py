"""A training target: the reference proxy with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `twins` | crash | a greeting that offers a method twice | `KeyError`: methods are ticked off a list of those still open |
| `label` | crash | a name with a label of more than 63 bytes | `IndexError`: labels are copied into a table of 64 |
| `early` | crash in a state | bytes behind a BIND request | `AttributeError`: they are given to a caller who is not there yet |
| `dots` | hang | a name that ends with two dots | the root is removed until it is gone, and one stays for ever |
| `echo-port` | wrong reply | an address type that is unknown | the reply has it as well, so nobody can tell where it ends |
| `shortcut` | wrong reply | a reserved byte other than 0 | the reply comes twice |
"""

from collections.abc import Mapping
from typing import Any

from workbench.api import ServerOptions
from workbench_socks5.connection import Socks5Connection
from workbench_socks5.server import SocksService
from workbench_socks5.session import Session

__all__ = ["FaultyConnection", "FaultyService", "training"]

_UNKNOWN_TYPE = b"\5\x08\0\1" + bytes(6)
_LABELS = tuple(range(64))


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty proxy; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(SocksService):
    """The reference service whose connections have the faults of the table above."""

    def connect(self, session: Session) -> Socks5Connection:
        """Accept a connection that has the faults."""
        return FaultyConnection(session)


class FaultyConnection(Socks5Connection):
    """The reference connection; each override plants the faults named in it and leaves the rest to it."""

    def receive(self, data: bytes) -> bytes:
        """`early`."""
        request = self.session.request
        if data and request is not None and request.command == "bind" and not self.closed:
            caller = None
            caller.send(data)  # type: ignore[attr-defined]
        return super().receive(data)

    def greeted(self, value: Mapping[str, Any]) -> None:
        """`twins`."""
        untried = {str(method): number for number, method in enumerate(value["auth_method"])}
        for method in value["auth_method"]:
            del untried[str(method)]
        super().greeted(value)

    def requested(self, value: Mapping[str, Any]) -> None:
        """`label`, `dots` and `shortcut`."""
        name = value.get("remote_name") or b""
        for label in name.split(b"."):
            _LABELS[len(label)]
        while name.endswith(b".."):
            name = name.removesuffix(b"..") + b".."
        super().requested(value)
        if value.get("reserved"):
            self.session.out += bytes(self.session.out[-10:])

    def refuse_unparsed(self, why: str) -> None:
        """`echo-port`."""
        super().refuse_unparsed(why)
        if self.session.out.endswith(_UNKNOWN_TYPE):
            self.session.out[-7] = 9

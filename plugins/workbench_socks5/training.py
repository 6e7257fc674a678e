"""A training target: the reference proxy with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show socks5`), the functions that have them name them.
"""

from collections.abc import Mapping
from typing import Any

from workbench.api import Fault, FaultKind, ServerOptions
from workbench_socks5.connection import Socks5Connection
from workbench_socks5.grammar import Kind, build
from workbench_socks5.names import COMMANDS, VERSION
from workbench_socks5.seeds import greeting, request
from workbench_socks5.server import SocksService
from workbench_socks5.session import Session

__all__ = ["FAULTS", "FaultyConnection", "FaultyService", "training"]

_CONNECT, _BIND = COMMANDS["connect"], COMMANDS["bind"]

FAULTS = (
    Fault(
        name="twins",
        kind=FaultKind.MAGIC,
        trigger="a greeting that offers a method twice",
        effect="`KeyError`: methods are ticked off a list of those still open",
        oracles=("crash",),
        example=(greeting(0, 0),),
    ),
    Fault(
        name="label",
        kind=FaultKind.OVERFLOW,
        trigger="a name with a label of more than 63 bytes",
        effect="`IndexError`: labels are copied into a table of 64",
        oracles=("crash",),
        example=(greeting(0), request(_CONNECT, b"a" * 64, 80)),
    ),
    Fault(
        name="early",
        kind=FaultKind.ORDER,
        trigger="bytes behind a BIND request",
        effect="`AttributeError`: they are given to a caller who is not there yet",
        oracles=("crash",),
        example=(greeting(0), request(_BIND, "127.0.0.1", 0), b"early"),
    ),
    Fault(
        name="dots",
        kind=FaultKind.HANG,
        trigger="a name that ends with two dots",
        effect="the root is removed until it is gone, and one stays for ever",
        oracles=("hang",),
        example=(greeting(0), request(_CONNECT, b"a..", 80)),
    ),
    Fault(
        name="callers",
        kind=FaultKind.GROWTH,
        trigger="BIND for a caller from port 1024 or below, but not 0",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(greeting(0), request(_BIND, "127.0.0.1", 80)),
    ),
    Fault(
        name="mailbox",
        kind=FaultKind.LEAK,
        trigger="CONNECT to port 0",
        effect="the name in the reply is what was received last, from anybody",
        oracles=("leak",),
        example=(greeting(0), request(_CONNECT, "127.0.0.1", 0)),
    ),
    Fault(
        name="echo-port",
        kind=FaultKind.REPLY,
        trigger="an unknown command for a name",
        effect="the reply has an address of type 9, so nobody can tell where it ends",
        oracles=("reply",),
        example=(greeting(0), request(9, b"localhost", 80)),
    ),
    Fault(
        name="shortcut",
        kind=FaultKind.REPLY,
        trigger="a reserved byte other than 0",
        effect="the reply comes twice",
        oracles=("state", "reply", "exchange"),
        example=(greeting(0), request(_CONNECT, "192.0.2.1", 25, reserved=1)),
    ),
)

KEPT = b"\1" * 262_144
"""What `callers` keeps each time: enough to be seen at once."""
MAILBOX = 255
"""Bytes of what was received last: as many as a name may have."""
PRIVILEGED = 1024
_kept: list[bytearray] = []

_UNKNOWN_COMMAND = b"\5\7\0\1" + bytes(6)
_LABELS = tuple(range(64))


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty proxy; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(SocksService):
    """The reference service whose connections have the faults."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self.mailbox = bytearray()

    def connect(self, session: Session) -> Socks5Connection:
        """Accept a connection that has the faults."""
        return FaultyConnection(session, self.mailbox)


class FaultyConnection(Socks5Connection):
    """The reference connection; each override plants the faults named in it and leaves the rest to it."""

    def __init__(self, session: Session, mailbox: bytearray) -> None:
        super().__init__(session)
        self._mailbox = mailbox

    def receive(self, data: bytes) -> bytes:
        """`early`, and what `mailbox` gives away."""
        self._mailbox[:0] = data
        del self._mailbox[MAILBOX:]
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
        """`label`, `dots`, `callers`, `mailbox`, `echo-port` and `shortcut`."""
        name = value.get("remote_name") or b""
        for label in name.split(b"."):
            _LABELS[len(label)]
        while name.endswith(b".."):
            name = name.removesuffix(b"..") + b".."
        if value.get("command") == "connect" and value.get("port") == 0:
            place = {"address_type": "domain", "remote_name": bytes(self._mailbox)}
            self.session.out += build(Kind.REPLY, {"version": VERSION, "results": 1, "reserved": 0, "port": 0, **place})
            self.session.ended = "nobody has port 0"
            return
        if value.get("command") == "bind" and 0 < value.get("port", 0) <= PRIVILEGED:
            _kept.append(bytearray(KEPT))
        super().requested(value)
        if name and self.session.out.endswith(_UNKNOWN_COMMAND):
            self.session.out[-7] = 9  # `echo-port`
        if value.get("reserved"):
            self.session.out += bytes(self.session.out[-10:])

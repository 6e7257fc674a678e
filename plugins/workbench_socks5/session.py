"""What the parts of one proxied connection share: who asks for what, what goes back to the client, and the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import Protocol

from workbench.api import Endpoint, LinkCommand, LinkEvent
from workbench_socks5.grammar import Kind, build
from workbench_socks5.names import REPLY_TEXTS, VERSION, VERSION4
from workbench_socks5.settings import Settings

__all__ = ["NOWHERE", "Request", "Session", "Task", "address_fields", "is_address", "is_host"]

NOWHERE = Endpoint("0.0.0.0", 0)  # noqa: S104 - nothing is bound to it: it stands for "no address" in replies
_GRANTED4, _REJECTED4 = 90, 91


@dataclass(frozen=True, slots=True)
class Request:
    """What the client wants; `version` is 5 or 4."""

    version: int
    command: str
    host: str
    port: int


class Task(Protocol):
    """The part that carries a command out."""

    @property
    def relaying(self) -> bool:
        """Whether a tunnel is open, with bytes under way that must not get lost when the service shuts down."""
        ...

    def from_client(self, data: bytes) -> None:
        """Bytes behind the request; b"" when there will be no more."""
        ...

    def notify(self, event: LinkEvent) -> None:
        """Something became of a link."""
        ...

    def pull(self) -> bytes:
        """Bytes for the client."""
        ...

    def wakeup(self) -> None:
        """`Session.now_ns` moved on."""
        ...

    def facts(self) -> Mapping[str, object]:
        """Totals for the log."""
        ...


@dataclass(slots=True)
class Session:
    """State of one connection. `ended` is why it is to be closed once the client has everything, "" while it goes on."""

    number: int
    settings: Settings
    tell: Callable[[Mapping[str, object]], None]
    client: Endpoint = NOWHERE
    server: Endpoint = NOWHERE
    user: str = ""
    request: Request | None = None
    out: bytearray = field(default_factory=bytearray)
    commands: list[LinkCommand] = field(default_factory=list)
    now_ns: int = 0
    last_ns: int = 0
    """When a byte was last seen on any side."""
    ended: str = ""
    _links: int = 0

    def link(self) -> int:
        """A fresh number for a link."""
        self._links += 1
        return self._links

    def log(self, event: str, **facts: object) -> None:
        """Tell the log what happened; never a password."""
        request = self.request
        asked = {"command": request.command, "target": str(Endpoint(request.host, request.port))} if request else {}
        user = {"user": self.user} if self.user else {}
        self.tell({"event": event, "connection": self.number, "client": str(self.client), **user, **asked, **facts})

    def reply(self, code: int, place: Endpoint = NOWHERE) -> None:
        """Answer the request, in its version (RFC 1928 section 6)."""
        if self.request is not None and self.request.version == VERSION4:
            address = ip_address(place.host)
            packed = address.packed if isinstance(address, IPv4Address) else bytes(4)
            result = _REJECTED4 if code else _GRANTED4
            self.out += build(Kind.REPLY4, {"version": 0, "results": result, "dstport": place.port, "dst": packed})
            return
        self.out += build(
            Kind.REPLY, {"version": VERSION, "results": code, "reserved": 0, "port": place.port, **address_fields(place.host)}
        )

    def refuse(self, code: int, why: str = "") -> None:
        """Answer with a failure and end: RFC 1928 section 6 wants the connection closed shortly after."""
        self.reply(code)
        self.ended = why or REPLY_TEXTS[code]
        self.log("refused", reply=code, reason=self.ended)


def is_address(host: str) -> bool:
    """Whether a host is written as an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_host(host: str) -> bool:
    """Whether a text can be a host name or address at all: resolvers take no blanks, controls or other scripts."""
    return bool(host) and all("!" <= letter <= "~" for letter in host)


def address_fields(host: str) -> dict[str, object]:
    """The fields of a message that hold an IP address."""
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv4Address):
        return {"address_type": "ipv4", "dst": address.packed}
    return {"address_type": "ipv6", "dstV6": address.packed}

"""Which addresses a tap may be reached at, and which it may reach.

A tap lets whoever reaches it through to its targets. So both ends are loopback addresses, unless the user says otherwise: for everything
(`remote`), or for some targets.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.api import Endpoint, UsageError

__all__ = ["LOOPBACK", "Reach", "is_loopback", "listening", "numeric", "reach_of", "resolve"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Reach:
    """`remote` allows all addresses on both ends; `networks` and `names` allow targets besides loopback. A name that begins with a dot
    stands for all names that end so. Names are looked at as the client said them."""

    remote: bool = False
    networks: tuple[Network, ...] = ()
    names: tuple[str, ...] = ()

    def allows(self, host: str, address: str) -> bool:
        """Whether a target may be reached that the client called `host`, at this address."""
        if self.remote or is_loopback(address):
            return True
        found = _mapped(address)
        if any(found.version == network.version and found in network for network in self.networks):
            return True
        asked = host.lower().rstrip(".")
        return any(asked.endswith(name) if name.startswith(".") else asked == name for name in self.names)


LOOPBACK = Reach()


def reach_of(targets: Sequence[str], *, remote: bool = False) -> Reach:
    """What a user allows: networks ("10.0.0.0/8"), addresses and names (".example.org": all below it). Raises UsageError for others."""
    networks, names = [], []
    for text in targets:
        try:
            networks.append(ipaddress.ip_network(text))
            continue
        except ValueError:
            name = text.lower().removeprefix("*").rstrip(".")
        if not name.strip(".") or set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-._"):
            raise UsageError(
                "this is no target", place=text, remedy="Give an address, a network (10.0.0.0/8), a name, or .example.org"
            )
        names.append(name)
    return Reach(remote, tuple(networks), tuple(names))


def resolve(endpoint: Endpoint, what: str, reach: Reach, *, transport: str = "tcp") -> Endpoint:
    """The endpoint with a literal address. Raises UsageError when there is none or it is not a permitted one."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=kind)
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"{what} is unknown: {error}", place=str(endpoint), remedy="Give an address like 127.0.0.1:8080"
        ) from error
    host = str(found[0][4][0])
    if not reach.allows(endpoint.host, host):
        raise UsageError(
            f"{what} is not on this machine",
            place=str(endpoint),
            remedy="Allow it explicitly if the network may be used that way",
        )
    return Endpoint(host, endpoint.port)


def listening(endpoint: Endpoint, reach: Reach, *, transport: str = "tcp") -> socket.socket:
    """A non-blocking socket bound to an address, listening if that is TCP's. Raises UsageError where that is not permitted or possible."""
    own = resolve(endpoint, "the listening address", Reach(reach.remote), transport=transport)
    family = socket.AF_INET6 if ":" in own.host else socket.AF_INET
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    sock = socket.socket(family, kind)
    try:
        if transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((own.host, own.port))
        if transport == "tcp":
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise UsageError(error.strerror or str(error), place=str(own), remedy="Choose another port to listen on") from error
    sock.setblocking(False)
    return sock


BACKLOG = 128
"""Clients that the kernel keeps for us while we are busy or full."""


def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine's own, in IPv6 clothes too."""
    return _mapped(host).is_loopback


def numeric(host: str) -> str:
    """The address that a text is, in its usual form; "" where it is a name."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _mapped(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

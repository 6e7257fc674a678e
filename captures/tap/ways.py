"""What a tap can do, as values for `Tap`: relays for TCP and UDP, proxies, the transparent mode.

`inside` says what happens to what passes (`workbench.tapping` opens TLS with it).
"""

import socket

from captures.tap.datagrams import UdpDoor
from captures.tap.doors import Door, TcpDoor, Way
from captures.tap.facts import Asked
from captures.tap.ground import Ground
from captures.tap.original import MARK, may_mark, original_destination
from captures.tap.passage import Course, Direct, Inside, Wires, plain
from captures.tap.proxy import KINDS
from captures.tap.reach import listening, resolve
from workbench.api import Endpoint, Transport, UsageError

__all__ = ["proxy", "tcp", "transparent", "udp"]


def tcp(listen: Endpoint, to: Endpoint, inside: Inside = plain) -> Way:
    """Each connection to `listen` (port 0: any free one) gets one to `to`."""

    def open_door(ground: Ground) -> Door:
        listener, target = between(ground, listen, to, "tcp")
        asked = Asked(to.host, to.port, target.host)
        return TcpDoor(
            ground,
            listener,
            lambda _sock, wires: Direct(wires, asked, inside),
            f"tap {{}} → {target}",
            f"tcp port {target.port}",
        )

    return open_door


def udp(listen: Endpoint, to: Endpoint) -> Way:
    """Each client that sends datagrams to `listen` gets a socket of its own to `to`."""

    def open_door(ground: Ground) -> Door:
        return UdpDoor(ground, *between(ground, listen, to, "udp"))

    return open_door


def proxy(listen: Endpoint, kind: str = "any", inside: Inside = plain) -> Way:
    """Clients say themselves where they want to go, as to an HTTP proxy, to a SOCKS5 proxy, or as they like (`KINDS`)."""

    def open_door(ground: Ground) -> Door:
        limits = ground.limits
        return TcpDoor(
            ground,
            listening(listen, ground.reach),
            lambda _sock, wires: KINDS[kind](wires, inside, limits.opening_ns, limits.switch_ns),
            "tap {} (proxy)",
            "tcp",
        )

    return open_door


def transparent(listen: Endpoint, inside: Inside = plain) -> Way:
    """Connections that a firewall rule sends to `listen` get one to where they were meant to go. Needs CAP_NET_ADMIN."""

    def begin(sock: socket.socket, wires: Wires) -> Course:
        wanted = original_destination(sock)
        return Direct(wires, Asked(wanted.host, wanted.port), inside)

    def open_door(ground: Ground) -> Door:
        may_mark()
        ground.mark = MARK
        listener = listening(listen, ground.reach)
        # TPROXY leaves connections their destination; only such a socket accepts them
        listener.setsockopt(socket.SOL_IP, socket.IP_TRANSPARENT, 1)
        return TcpDoor(ground, listener, begin, "tap {} (transparent)", "tcp")

    return open_door


def between(ground: Ground, listen: Endpoint, to: Endpoint, transport: Transport) -> tuple[socket.socket, Endpoint]:
    """The bound socket and the target's address of a relay. Raises UsageError for what cannot be or is not permitted."""
    target = resolve(to, "the target", ground.reach, transport=transport)
    own = resolve(listen, "the listening address", ground.reach, transport=transport)
    if own == target:
        raise UsageError("the tap would connect to itself", place=str(to), remedy="Listen on another port than the target's")
    return listening(listen, ground.reach, transport=transport), target

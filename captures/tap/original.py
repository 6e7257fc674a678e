"""The transparent mode: connections that a firewall rule sent here, where they were meant to go, and the rules that do it.

Nothing here changes a firewall: the commands are for people to read and to run.
"""

import contextlib
import ipaddress
import socket
import struct

from workbench.api import Endpoint, UsageError

__all__ = ["MARK", "commands", "may_mark", "original_destination"]

MARK = 0x7461
"""Firewall mark of a tap's own connections: rules that send connections to the tap must let these pass."""

SO_ORIGINAL_DST = 80
"""Linux: linux/netfilter_ipv4.h, and IP6T_SO_ORIGINAL_DST of linux/netfilter_ipv6/ip6_tables.h is the same number."""

_IPV4, _IPV6 = struct.Struct("!2xH4s8x"), struct.Struct("!2xH4x16s4x")


def original_destination(sock: socket.socket) -> Endpoint:
    """Where a redirected client wanted to go: what REDIRECT replaced, or with TPROXY the address that the socket itself has.

    A client that came by itself wanted to come here; the tap does not connect to itself.
    """
    level, form = (socket.IPPROTO_IPV6, _IPV6) if sock.family == socket.AF_INET6 else (socket.SOL_IP, _IPV4)
    with contextlib.suppress(OSError):  # nothing was replaced
        port, packed = form.unpack(sock.getsockopt(level, SO_ORIGINAL_DST, form.size))
        return Endpoint(str(ipaddress.ip_address(packed)), port)
    host, port = sock.getsockname()[:2]
    return Endpoint(host.partition("%")[0], port)


def may_mark() -> None:
    """Raises UsageError where this process may not mark its own connections: the rule would send them back to it, for ever."""
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
            probe.setsockopt(socket.SOL_IP, socket.IP_TRANSPARENT, 1)
        except OSError as error:
            raise UsageError(
                f"the transparent mode is not permitted ({(error.strerror or str(error)).lower()})",
                place="--transparent",
                remedy="Run it as root (CAP_NET_ADMIN), or use --proxy any, which needs no privilege",
            ) from error


def commands(listen: Endpoint) -> str:
    """Commands that send connections to a tap listening there, and those that undo it, for nftables and for iptables."""
    family, iptables = ("ip6", "ip6tables") if ":" in listen.host else ("ip", "iptables")
    rule = f"-p tcp -m multiport --dports 80,443 -m mark ! --mark {MARK:#x} -j REDIRECT --to-ports {listen.port}"
    return f"""\
nft add table {family} workbench_tap
nft 'add chain {family} workbench_tap output {{ type nat hook output priority -100; }}'
nft 'add rule {family} workbench_tap output meta mark != {MARK:#x} tcp dport {{ 80, 443 }} redirect to :{listen.port}'
nft delete table {family} workbench_tap        (undoes it)
or
{iptables} -t nat -A OUTPUT {rule}
{iptables} -t nat -D OUTPUT {rule}        (undoes it)
For connections of other machines that are routed through this one: hook prerouting instead of output (nft), PREROUTING instead of OUTPUT
(iptables), and a tap that listens on this machine's address there, with --allow-remote. TPROXY serves as well, where REDIRECT cannot:
nft 'add rule {family} TABLE CHAIN iifname NAME tcp dport 443 tproxy to {listen} meta mark set 1 accept'
ip rule add fwmark 1 lookup 100
ip route add local {"::/0" if family == "ip6" else "0.0.0.0/0"} dev lo table 100"""

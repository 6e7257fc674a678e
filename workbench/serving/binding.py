"""Sockets to listen on, and as many descriptors as a full house needs."""

import contextlib
import ipaddress
import resource
import socket

from workbench.api import Endpoint, TargetError, Transport, UsageError

__all__ = ["BACKLOG", "bind", "raise_descriptor_limit"]

BACKLOG = 512
"""Connections that the kernel keeps for us; beyond it clients try again after a second."""


def bind(
    host: str, port: int = 0, transport: Transport = "tcp", *, allow_remote: bool = False, shared: bool = False
) -> socket.socket:
    """A bound socket, listening if that is TCP's; with `shared` several processes may bind the same port and get a share each.

    Raises `UsageError` for an address beyond loopback without `allow_remote`, `TargetError` where it cannot listen.
    """
    try:
        kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise TargetError(f"no such address ({error})", place=host, remedy="Give an IP address of this machine") from error
    if not allow_remote and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise UsageError(
            "this address can be reached from elsewhere", place=host, remedy="Allow that explicitly, or use 127.0.0.1"
        )
    sock = socket.socket(family, kind)
    try:
        if transport == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        if transport == "tcp":
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        place = str(Endpoint(host, port))
        raise TargetError(f"cannot listen ({error.strerror})", place=place, remedy="Choose another port or address") from error
    return sock


def raise_descriptor_limit(wanted: int) -> None:
    """Let this process have `wanted` descriptors, or as many as the system allows without asking; never fewer than before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))

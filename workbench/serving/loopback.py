"""Whether a server is on this machine: what decides who may be attacked or checked without being named twice."""

import ipaddress
import socket

from workbench.api import Endpoint, TargetError

__all__ = ["is_loopback"]


def is_loopback(host: str, port: int) -> bool:
    """Whether all addresses of a host are this machine's own; raises `TargetError` for a host that does not exist."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"no such host ({error})", place=str(Endpoint(host, port))) from error
    return all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)

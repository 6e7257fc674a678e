"""What checks are put to: something that makes peers and cleans up behind them."""

import ipaddress
import socket
from contextlib import AbstractContextManager
from typing import Protocol

from workbench.api import Endpoint, Peer, TargetError, UsageError
from workbench.conformance.budget import Budget
from workbench.conformance.transcript import Transcript

__all__ = ["PATIENCE_S", "Target", "is_loopback", "require_permission"]

PATIENCE_S = 2.0
"""How long `receive` waits when neither check nor user say: a server on the same machine answers within a hundredth of it."""


class Target(Protocol):
    """Where peers come from: `MemoryTarget` or `SocketTarget`."""

    def session(self, transcript: Transcript, budget: Budget) -> AbstractContextManager[Peer]:
        """A first connection for one check; closed, with all that came from its `again`, at the end of the `with` block.

        Entering it raises `TargetError` where the target takes no connections.
        """
        ...


def is_loopback(host: str, port: int) -> bool:
    """Whether all addresses of a host are this machine's own; raises `TargetError` for a host that does not exist."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"no such host ({error})", place=str(Endpoint(host, port))) from error
    return all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_loopback for entry in found)


def require_permission(host: str, port: int, allowed: str) -> None:
    """Raise `UsageError` for a host that is neither this machine nor the `allowed` one; `TargetError` for one that does not exist."""
    if not is_loopback(host, port) and host != allowed:
        raise UsageError(
            "this is not your own machine, and checks send what servers do not like",
            place=host,
            remedy="If it is yours to test, name the host once more to allow it (--i-own-this-target)",
        )

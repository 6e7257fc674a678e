"""What checks are put to: something that makes peers and cleans up behind them."""

from contextlib import AbstractContextManager
from typing import Protocol

from workbench.api import Peer, UsageError
from workbench.conformance.budget import Budget
from workbench.conformance.transcript import Transcript
from workbench.serving.loopback import is_loopback

__all__ = ["PATIENCE_S", "Target", "require_permission"]

PATIENCE_S = 2.0
"""How long `receive` waits when neither check nor user say: a server on the same machine answers within a hundredth of it."""


class Target(Protocol):
    """Where peers come from: `MemoryTarget` or `SocketTarget`."""

    def session(self, transcript: Transcript, budget: Budget) -> AbstractContextManager[Peer]:
        """A first connection for one check; closed, with all that came from its `again`, at the end of the `with` block.

        Entering it raises `TargetError` where the target takes no connections.
        """
        ...


def require_permission(host: str, port: int, allowed: str) -> None:
    """Raise `UsageError` for a host that is neither this machine nor the `allowed` one; `TargetError` for one that does not exist."""
    if not is_loopback(host, port) and host != allowed:
        raise UsageError(
            "this is not your own machine, and checks send what servers do not like",
            place=host,
            remedy="If it is yours to test, name the host once more to allow it (--i-own-this-target)",
        )

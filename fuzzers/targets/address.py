"""A server that runs already, somewhere we may attack it: loopback, or a host that the user named twice."""

import contextlib
import ipaddress
import select
import socket
import time

from fuzzers.targets.config import TargetConfig
from workbench.api import Endpoint, TargetError, UsageError

__all__ = ["Address", "require_permission"]

RETURN_S = 5.0
"""A server that was made to crash gets so long to be started again by whoever watches over it."""
RETRY_S = 0.05
"""Between two attempts to connect meanwhile."""


def require_permission(config: TargetConfig) -> None:
    """Raise `UsageError` for a host that is neither loopback nor named in `allow_host`; `TargetError` for one that does not exist."""
    try:
        found = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(f"no such host ({error})", place=config.host) from error
    addresses = {str(entry[4][0]).partition("%")[0] for entry in found}
    if config.allow_host != config.host and not all(ipaddress.ip_address(address).is_loopback for address in addresses):
        raise UsageError(
            "this is not your own machine, and fuzzing breaks things",
            place=config.host,
            remedy="If you are entitled to attack it, name the host once more to allow it (--i-own-this-target)",
        )


class Address:
    """A server of which only the address is known."""

    def __init__(self, config: TargetConfig) -> None:
        require_permission(config)
        self.endpoint = Endpoint(config.host, config.port)

    def start(self) -> None:
        """Wait until it takes connections; raises `TargetError` when it does not."""
        deadline = time.monotonic() + RETURN_S
        while not self.is_alive():
            if time.monotonic() > deadline:
                raise TargetError("nobody takes connections there", place=str(self.endpoint), remedy="Start the server first")
            select.select([], [], [], RETRY_S)

    def is_alive(self) -> bool:
        """Whether somebody takes connections."""
        with contextlib.suppress(OSError), socket.create_connection((self.endpoint.host, self.endpoint.port), RETURN_S):
            return True
        return False

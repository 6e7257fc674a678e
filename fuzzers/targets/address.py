"""A server that runs already, somewhere we may attack it: loopback, or a host that the user named twice."""

import ipaddress
import select
import time

from fuzzers.targets.config import TargetConfig
from fuzzers.targets.links.link import Dialer
from fuzzers.targets.links.tcp import PLAIN
from workbench.api import Endpoint, TargetError, UsageError
from workbench.serving.loopback import is_loopback

__all__ = ["Address", "require_permission"]

RETURN_S = 5.0
"""A server that was made to crash gets so long to be started again by whoever watches over it."""
RETRY_S = 0.05
"""Between two attempts to connect meanwhile."""


def require_permission(config: TargetConfig) -> None:
    """Raise `UsageError` for a host that is neither loopback nor named in `allow_host`; `TargetError` for one that does not exist."""
    if not is_loopback(config.host, config.port) and _normal(config.allow_host) != _normal(config.host):
        raise UsageError(
            "this is not your own machine, and fuzzing breaks things",
            place=config.host,
            remedy="If you are entitled to attack it, name the host once more to allow it (--i-own-this-target)",
        )


def _normal(host: str) -> str:
    """One way to write each host: names without capitals and the root's dot (RFC 1034 3.1), addresses as short as they can be."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower().removesuffix(".")


class Address:
    """A server of which only the address is known."""

    def __init__(self, config: TargetConfig, dialer: Dialer = PLAIN) -> None:
        require_permission(config)
        self.dialer = dialer
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
        return self.dialer.is_there(self.endpoint, RETURN_S)

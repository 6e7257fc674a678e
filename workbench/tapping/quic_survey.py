"""Which of the protocols that we know does a target speak? Asked once, with a handshake for each, before its first client is answered.

A client is to be offered what it would be offered without us, and the carrier chooses before we hear of it.
"""

from collections.abc import Callable, Sequence

from captures.tap import Ground
from workbench.api import CarrierClient, ConnectionClosed, Endpoint
from workbench.tapping.upstream_link import UpstreamLink

__all__ = ["Survey"]


class Survey:
    """`done` gets the identifiers (ALPN) that the target takes, in our order, or none and why. Raises OSError where there is no socket."""

    def __init__(
        self,
        ground: Ground,
        target: Endpoint,
        applications: Sequence[str],
        dial: Callable[[str], CarrierClient],
        clock: Callable[[], int],
        done: Callable[[tuple[str, ...], str], None],
    ) -> None:
        self._done = done
        self._over = False
        self._links: dict[str, UpstreamLink] = {}
        try:
            for alpn in applications:
                self._links[alpn] = UpstreamLink(ground, target, dial(alpn), clock, self._look)
        except OSError:
            self.close()
            raise

    def due_ns(self) -> int | None:
        """When `wakeup` wants to be called at the latest."""
        return min((due for link in self._links.values() if (due := link.due_ns()) is not None), default=None)

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        for link in list(self._links.values()):
            link.wakeup(now_ns)

    def close(self) -> None:
        """End what is open; harmless when repeated."""
        self._over = True
        for link in self._links.values():
            link.send(bytes(ConnectionClosed(0)))
            link.close()

    def _look(self) -> None:
        """Is every question answered?"""
        links = self._links
        if self._over or not all(link.client.ready or link.trouble for link in links.values()):
            return
        taken = tuple(alpn for alpn, link in links.items() if link.client.ready)
        why = next((link.trouble for link in links.values() if link.trouble), "")
        self.close()
        self._done(taken, "" if taken else why)

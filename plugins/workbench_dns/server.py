"""The reference servers: `responder` behind UDP (a datagram, an answer) and behind TCP or TLS (RFC 7766), each without sockets.

Settings: `zone` names a zone file to serve instead of the built-in zone.
"""

from functools import cache
from pathlib import Path

from workbench.api import ServerConnection, ServerOptions, Service, UsageError
from workbench_dns.responder import Responder
from workbench_dns.zone import Zone
from workbench_dns.zone_file import read_zone
from workbench_dns.zone_text import ZONE

__all__ = ["DatagramConnection", "StreamConnection", "responder_of", "serve_datagrams", "serve_streams"]

MOST_WAITING = 64
"""Answers ready at once; further queries of a pipeline wait until the client has taken these (RFC 7766 6.2.1.1)."""


class DatagramConnection:
    """See `workbench.api.ServerConnection`: one client's datagrams."""

    def __init__(self, responder: Responder) -> None:
        self.closed = False
        self._responder = responder

    def receive(self, data: bytes) -> bytes:
        """One datagram, one answer at most."""
        if not data:
            self.closed = True
            return b""
        return b"".join(self._responder.respond(data, stream=False))

    def pull(self) -> bytes:
        """Everything was said at once."""
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        """Nothing depends on time."""
        return b""

    def drain(self) -> bytes:
        """Nothing is waiting."""
        self.closed = True
        return b""


class StreamConnection:
    """See `workbench.api.ServerConnection`: messages with their length before them, answered in order."""

    def __init__(self, responder: Responder, idle_ns: int) -> None:
        self.closed = False
        self._responder = responder
        self._idle_ns = idle_ns
        self._buffer = bytearray()
        self._ending = False
        self._now_ns = 0
        self._last_ns: int | None = None

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client; see `ServerConnection`."""
        if not data:
            self._ending = True
        self._last_ns = self._now_ns
        self._buffer += data
        return self._answers()

    def pull(self) -> bytes:
        """The answers to queries that were waiting."""
        return self._answers()

    def wakeup(self, now_ns: int) -> bytes:
        """Clients that say nothing are hung up on (RFC 7766 6.2.3)."""
        self._now_ns = now_ns
        if self._last_ns is None:
            self._last_ns = now_ns
        elif now_ns - self._last_ns > self._idle_ns:
            self.closed = True
        return b""

    def drain(self) -> bytes:
        """Answers what came whole, then closes."""
        self._ending = True
        return self._answers()

    def _answers(self) -> bytes:
        said = bytearray()
        for _ in range(MOST_WAITING):
            size = int.from_bytes(self._buffer[:2], "big")
            if self.closed or len(self._buffer) < 2 + size or len(self._buffer) < 2:
                self.closed = self.closed or self._ending
                break
            query = bytes(self._buffer[2 : 2 + size])
            del self._buffer[: 2 + size]
            answers = self._responder.respond(query, stream=True)
            for answer in answers:
                said += len(answer).to_bytes(2, "big") + answer
            # nothing sensible follows what is not even a query
            self.closed = not answers
        return bytes(said)


@cache
def _built_in() -> Zone:
    return read_zone(ZONE)


def responder_of(options: ServerOptions, kind: type[Responder] = Responder) -> Responder:
    """The responder that the settings ask for. Raises `UsageError` for settings nobody knows, and for a zone that cannot be read."""
    settings = dict(options.settings)
    place = settings.pop("zone", None)
    for name in settings:
        raise UsageError(f"there is no setting {name!r}", remedy="The setting of dns is zone (a file)")
    if place is None:
        return kind(_built_in(), options.idle_ns)
    try:
        zone = read_zone(Path(place).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"no zone can be read there: {error}", place=place) from error
    return kind(zone, options.idle_ns)


def serve_datagrams(options: ServerOptions) -> Service:
    """DNS over UDP."""
    responder = responder_of(options)

    def accept() -> ServerConnection:
        return DatagramConnection(responder)

    return accept


def serve_streams(options: ServerOptions) -> Service:
    """DNS over TCP, and inside TLS."""
    responder = responder_of(options)

    def accept() -> ServerConnection:
        return StreamConnection(responder, options.idle_ns)

    return accept

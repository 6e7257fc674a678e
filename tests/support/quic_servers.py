"""Our QUIC server on a real socket, with all it can carry, and what happened to it."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.certificates import certificates, tls
from workbench.api import Endpoint, ServerOptions
from workbench.serving import Crashed, Secured, ServingEvent, ServingLimits, Told, running
from workbench.serving.carried import Carriage
from workbench_http3.server import serve
from workbench_quic.carrier.server import QuicServer
from workbench_quic.plain_servers import echo, pages

__all__ = ["Place", "quic_server"]

APPLICATIONS = {"h3": serve, "hq-interop": pages, "echo": echo}


@dataclass
class Place:
    """Where the server is, whom to believe, and what it told so far."""

    endpoint: Endpoint
    authority: Path
    events: list[ServingEvent] = field(default_factory=list)

    @property
    def secured(self) -> list[Secured]:
        """Handshakes that were done."""
        return [event for event in self.events if isinstance(event, Secured)]

    def told(self, event: str) -> list[Mapping[str, Any]]:
        """What the protocols told under one name."""
        return [each.facts for each in self.events if isinstance(each, Told) and each.facts["event"] == event]


@contextlib.contextmanager
def quic_server(
    folder: Path, *, options: ServerOptions | None = None, limits: ServingLimits | None = None, **settings: str
) -> Iterator[Place]:
    """A server in a thread, with these settings of the carrier. Fails the test when anything in it raised."""
    own = certificates(folder)
    place = Place(Endpoint("", 0), own.authority)
    with running(
        pages,
        options,
        alternatives=APPLICATIONS,
        carriage=Carriage(QuicServer, {name.replace("_", "-"): value for name, value in settings.items()}),
        tls=tls(own, alpn=tuple(APPLICATIONS)),
        limits=limits,
        listen=place.events.append,
    ) as server:
        place.endpoint = server.endpoint
        yield place
    crashes = [event.traceback for event in place.events if isinstance(event, Crashed)]
    assert not crashes, crashes[0]

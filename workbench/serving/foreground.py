"""Serving as the whole program: runs in the main thread and drains on SIGTERM or SIGINT."""

import contextlib
import signal
from collections.abc import Iterator

from workbench.serving.server import Server

__all__ = ["serve_forever"]


@contextlib.contextmanager
def _stopped_by(server: Server, *numbers: signal.Signals) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: server.stop()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve_forever(server: Server) -> None:
    """Serve until SIGTERM or SIGINT, then drain; returns after the last connection closed. To be called from the main thread."""
    with _stopped_by(server, signal.SIGTERM, signal.SIGINT):
        server.run()

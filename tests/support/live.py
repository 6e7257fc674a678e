"""Traffic for live captures: datagrams on the loopback interface, and what a capture made of them."""

import socket
from collections.abc import Iterator
from pathlib import Path

from captures.capture import open_capture
from workbench.api import Endpoint


class Pair:
    """A UDP sender and a sink on a port of its own."""

    def __init__(self, family: int = socket.AF_INET) -> None:
        host = "127.0.0.1" if family == socket.AF_INET else "::1"
        self.sink = socket.socket(family, socket.SOCK_DGRAM)
        self.sink.bind((host, 0))
        self.sender = socket.socket(family, socket.SOCK_DGRAM)
        self.sender.connect(self.sink.getsockname()[:2])
        self.endpoint = Endpoint(*self.sink.getsockname()[:2])
        self.port = self.endpoint.port
        self.filter = f"port {self.port}"

    def send(self, data: bytes, count: int = 1) -> None:
        for _ in range(count):
            self.sender.send(data)

    def close(self) -> None:
        self.sink.close()
        self.sender.close()

    def __enter__(self) -> "Pair":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def packets(path: Path) -> list[bytes]:
    """All packets of a file, which has to be whole."""
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []
        return [capture.data(number) for number in range(1, len(capture.index) + 1)]


def once() -> Iterator[bool]:
    """Says go on once, then stop."""
    yield False
    while True:
        yield True

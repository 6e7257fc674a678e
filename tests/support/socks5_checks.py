"""Peers for the checks of SOCKS5: the reference server in memory, and one that says what a test tells it to."""

from collections.abc import Callable, Sequence

import pytest

from workbench.api import Check, CheckFailed, ServerOptions
from workbench.conformance.memory import MemoryPeer, MemoryTarget
from workbench_socks5.checks.talk import Talk
from workbench_socks5.server import serve

SETTINGS = {"users": "alice:s3cret"}
OPTIONS = {"user": "alice", "password": "s3cret"}


def peer(*, users: bool = False, **options: str) -> MemoryPeer:
    """A connection to the reference server."""
    settings = ServerOptions(settings=SETTINGS if users else {})
    return MemoryPeer(serve, {**(OPTIONS if users else {}), **options}, settings=settings)


def target(*, users: bool = False) -> MemoryTarget:
    """The reference server, afresh for each check."""
    settings = ServerOptions(settings=SETTINGS if users else {})
    return MemoryTarget(server=serve, options=OPTIONS if users else {}, settings=settings)


class _Liar:
    """Answers each delivery with the next of its sentences, None to close; the last one is repeated."""

    def __init__(self, sentences: Sequence[bytes | None]) -> None:
        self.closed = False
        self._sentences = list(sentences)

    def receive(self, data: bytes) -> bytes:
        if not data:
            return b""
        sentence = self._sentences.pop(0) if len(self._sentences) > 1 else self._sentences[0]
        self.closed = sentence is None
        return sentence or b""

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        return b""


def liar(*sentences: bytes | None, users: bool = False, **options: str) -> MemoryPeer:
    """A connection to a server that says these things whatever it is asked."""
    return MemoryPeer(lambda _: lambda: _Liar(sentences), {**(OPTIONS if users else {}), **options})


def fails(judge: Check | Callable[[Talk], object], *sentences: bytes | None, users: bool = False, **options: str) -> str:
    """The check must see through these sentences; gives what it says."""
    connection = liar(*sentences, users=users, **options)
    if not isinstance(judge, Check):
        connection.send(b"go")
    with pytest.raises(CheckFailed) as failure:
        judge.run(connection) if isinstance(judge, Check) else judge(Talk(connection))
    return str(failure.value)

"""The reference server for HTTP/3 in memory, with a client that says and hears frames."""

from workbench.api import CheckFailed, CheckSkipped, ServerOptions, StreamData
from workbench.conformance.memory import MemoryPeer
from workbench_http3.checks.talk import Answer, Talk, data, greet
from workbench_http3.server import serve
from workbench_http3.server_frames import ErrorCode

__all__ = ["always", "asked", "closed", "failing", "peer", "talking"]


def always(value):
    """A function that gives this, whatever it is asked."""
    return lambda *_, **__: value


def peer(factory=serve, **options) -> MemoryPeer:
    """A fresh connection to a fresh server."""
    return MemoryPeer(factory, {"path": "/", "upload": "/echo"}, settings=ServerOptions(**options))


def talking(*pairs: tuple[int, int], factory=serve, **options) -> Talk:
    """A conversation behind the greeting, in which the client announced these settings."""
    return greet(peer(factory, **options), pairs)


def asked(
    method: bytes, path: str, *fields: tuple[bytes, bytes], content: bytes | None = None, factory=serve, **options
) -> Answer:
    """The response to one request."""
    talk = talking(factory=factory, **options)
    talk.send(talk.request(0, method, fields, path=path, end=content is None))
    if content is not None:
        talk.send(StreamData(0, data(content), True))
    talk.until_over(0)
    return talk.answer(0)


def closed(talk: Talk) -> ErrorCode | None:
    """The code with which the server closed the connection, if it did."""
    talk.until(lambda: talk.closed is not None)
    return None if talk.closed is None else ErrorCode(talk.closed.code)


def failing(checks, **options) -> set[str]:
    """Names of the cases that the reference server (with whatever a test has bent in it) fails."""
    names = set()
    for check in checks:
        target = peer(**options)
        try:
            check.run(target)
        except CheckFailed:
            names.add(check.name)
        except CheckSkipped:
            continue
    return names

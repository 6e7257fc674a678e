"""The reference server for HTTP/2 in memory, with a client that says and hears frames."""

from workbench.api import CheckFailed, CheckSkipped, ServerOptions
from workbench.conformance.memory import MemoryPeer
from workbench_http2.checks.talk import Answer, Talk, greet
from workbench_http2.server import serve
from workbench_http2.server_frames import ErrorCode, Frame, FrameType, build, settings

__all__ = ["always", "asked", "failing", "goaway", "peer", "started", "talking"]


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
    talk.send(talk.request(1, method, fields, path=path, end=content is None))
    if content is not None:
        talk.send(build(FrameType.DATA, 1, 1, content))
    talk.until_over(1)
    return talk.answer(1)


def goaway(talk: Talk) -> tuple[int, ErrorCode] | None:
    """Last stream and code of the GOAWAY that came, if one did."""
    talk.until_frame(FrameType.GOAWAY)
    found: list[Frame] = talk.all(FrameType.GOAWAY)
    if not found:
        return None
    payload = found[0].payload
    return int.from_bytes(payload[:4], "big"), ErrorCode(int.from_bytes(payload[4:8], "big"))


def started(**options):
    """A bare connection that has heard the preface and SETTINGS at time 0, for tests of time and of single calls."""
    connection = serve(ServerOptions(**options))()
    connection.wakeup(0)
    connection.receive(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings())
    return connection


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

"""Servers that misbehave, and what checks say about them."""

from collections.abc import Callable, Mapping, Sequence

from workbench.api import Check, ServerFactory, ServerOptions
from workbench.conformance import Finished, MemoryTarget, Result, Verdict, examine


class Canned:
    """Says the same whatever it hears; `greeting` before it hears anything, `closes` behind its first answer."""

    def __init__(self, reply: bytes = b"", greeting: bytes = b"", *, closes: bool = False):
        self.closed = False
        self._reply, self._greeting, self._closes = reply, greeting, closes

    def receive(self, data: bytes) -> bytes:
        self.closed = self.closed or self._closes or not data
        return self._reply if data else b""

    def pull(self) -> bytes:
        said, self._greeting = self._greeting, b""
        return said

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        self.closed = True
        return b""


class Bent:
    """A proper connection that hears and says something else: `before` changes what comes in, `after` what goes out. With `stays`
    it never closes."""

    def __init__(self, inner, before, after, *, stays: bool = False):
        self._inner, self._before, self._after, self._stays = inner, before, after, stays

    @property
    def closed(self) -> bool:
        return self._inner.closed and not self._stays

    def receive(self, data: bytes) -> bytes:
        return self._after(self._inner.receive(self._before(data) if data else data))

    def pull(self) -> bytes:
        return self._after(self._inner.pull())

    def wakeup(self, now_ns: int) -> bytes:
        return self._after(self._inner.wakeup(now_ns))

    def drain(self) -> bytes:
        return self._after(self._inner.drain())


def same(data: bytes) -> bytes:
    """No change."""
    return data


def canned(reply: bytes = b"", greeting: bytes = b"", *, closes: bool = False) -> ServerFactory:
    """A server of `Canned` connections."""
    return lambda _: lambda: Canned(reply, greeting, closes=closes)


def bent(
    server: ServerFactory,
    before: Callable[[bytes], bytes] = same,
    after: Callable[[bytes], bytes] = same,
    *,
    stays: bool = False,
) -> ServerFactory:
    """A server of `Bent` connections."""

    def start(options: ServerOptions):
        service = server(options)
        return lambda: Bent(service(), before, after, stays=stays)

    return start


SILENT = canned()
CLOSING = canned(closes=True)
CHATTY = canned(greeting=b"220 who are you?\r\n")
GARBAGE = canned(b"\x00\xff garbage \r\n\r\n" * 3, closes=True)


def results(checks: Sequence[Check], server: ServerFactory, options: Mapping[str, str] | None = None) -> dict[str, Result]:
    """What became of each check, by name."""
    *_, last = examine(checks, MemoryTarget(server=server, options={} if options is None else options, patience_s=1.0))
    assert isinstance(last, Finished)
    return {result.check.name: result for result in last.results}


def failing(checks: Sequence[Check], server: ServerFactory, options: Mapping[str, str] | None = None) -> set[str]:
    """Names of the checks that this server fails."""
    return {name for name, result in results(checks, server, options).items() if result.verdict is Verdict.FAILED}

"""How the checks talk: requests as templates, answers awaited, and the few demands that most of them make.

Options of the target (`--option NAME=VALUE`):

| name | what it is | default |
|---|---|---|
| `path` | a resource that GET answers with 200 | `/` |
| `upload` | a resource to POST to; it may refuse, that is no failure | `/echo` |
| `stream` | a resource whose length is not known beforehand | `/stream` |
| `empty` | a resource that answers GET with 204 | `/status/204` |
| `missing` | a resource that does not exist | `/no-such-resource` |
| `host` | the value of Host | HOST:PORT of the target |
"""

from collections.abc import Callable

from workbench.api import Check, CheckFailed, CheckSkipped, Level, Peer
from workbench_http1.checks.answers import Answer, read_answer

__all__ = [
    "Client",
    "ask",
    "expect",
    "fill",
    "in_step",
    "page",
    "refused",
    "should",
    "stays_usable",
]

DEFAULTS = {
    b"path": "/",
    b"upload": "/echo",
    b"stream": "/stream",
    b"empty": "/status/204",
    b"missing": "/no-such-resource",
}

LINGER_S = 1.0
"""How long a target may take to close behind its answer; many close in two steps."""

PLAIN = b"GET %(path)s HTTP/1.1\r\nHost: %(host)s\r\n\r\n"


def fill(peer: Peer, template: bytes) -> bytes:
    """The request: `%(path)s` and the other options in `template` become those of the target; `%%` is a percent sign."""
    values = {name: peer.options.get(name.decode(), default).encode() for name, default in DEFAULTS.items()}
    host = f"[{peer.host}]" if ":" in peer.host else peer.host
    values[b"host"] = peer.options.get("host", f"{host}:{peer.port}").encode()
    return template % values


class Client:
    """One connection on which several answers may come, in order."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._waiting = b""

    def send(self, template: bytes) -> None:
        """Send a request, or a part of one; see `fill`."""
        self.peer.send(fill(self.peer, template))

    def maybe_answer(self, method: bytes = b"GET", patience_s: float | None = None) -> Answer | None:
        """The next answer; None where none comes. A broken one raises `CheckFailed`."""

        def there(more: bytes) -> bool:
            return read_answer(self._waiting + more, method, ended=False) is not None

        if not (self._waiting and there(b"")):
            self._waiting += self.peer.receive(there, patience_s)
        answer = read_answer(self._waiting, method, ended=self.peer.ended)
        if answer is not None:
            self._waiting = self._waiting[answer.size :]
        elif self.peer.ended and self._waiting:
            raise CheckFailed(f"the response breaks off after {len(self._waiting)} bytes")
        return answer

    def answer(self, method: bytes = b"GET") -> Answer:
        """The next answer; raises `CheckFailed` where none comes."""
        answer = self.maybe_answer(method)
        if answer is None:
            raise CheckFailed(f"expected a response, got {self.ending()}")
        return answer

    def interim(self) -> bytes:
        """What is there as soon as a status line is."""
        self._waiting += self.peer.receive(lambda more: b"\r\n\r\n" in self._waiting + more)
        return self._waiting

    def ending(self) -> str:
        """How the connection stands, in words."""
        if self.peer.reset:
            return "a reset of the connection"
        return "the end of the connection" if self.peer.ended else "nothing"

    def closes(self) -> bool:
        """Whether the target closes now, without another word."""
        if not self.peer.ended and not self._waiting:
            self._waiting += self.peer.receive(patience_s=LINGER_S)
        return self.peer.ended and not self._waiting


def ask(peer: Peer, template: bytes, method: bytes = b"GET") -> Answer:
    """Send one request and read its answer."""
    client = Client(peer)
    client.send(template)
    return client.answer(method)


def page(peer: Peer) -> Answer:
    """The answer to a plain GET of the target's `path`, on a connection of its own; the check is skipped where it is no success."""
    answer = ask(peer.again(), PLAIN)
    if not answer.good:
        raise CheckSkipped(f"GET of the path gives {answer.status}: name a resource with --option path=/…")
    return answer


def expect(answer: Answer, *statuses: int, of: str = "") -> Answer:
    """Raise `CheckFailed` unless the status is one of these."""
    if answer.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise CheckFailed(f"expected {wanted}{' to ' + of if of else ''}, got {answer.status}")
    return answer


def refused(template: bytes, *statuses: int, method: bytes = b"GET", closes: bool = False) -> Callable[[Peer], None]:
    """A check: this request is answered with one of these statuses (by default 400), and the connection is closed if that is said."""
    wanted = statuses or (400,)

    def run(peer: Peer) -> None:
        client = Client(peer)
        client.send(template)
        expect(client.answer(method), *wanted)
        if closes and not client.closes():
            raise CheckFailed("expected the connection to be closed behind the refusal, it stays open")

    return run


def should(name: str, section: str, rule: str, run: Callable[[Peer], None]) -> Check:
    """A check of level SHOULD."""
    return Check(name=name, section=section, rule=rule, run=run, level=Level.SHOULD)


def in_step(client: Client, method: bytes) -> Answer:
    """The answer to what was sent, behind which `client` asks for the page: both must agree where the first request ended.

    A target may refuse the first request and close. Otherwise the second must be answered as it is when asked alone.
    """
    plain = page(client.peer)
    client.send(PLAIN)
    first = client.answer(method)
    second = client.maybe_answer()
    if second is None:
        if not client.peer.ended:
            raise CheckFailed(f"expected an answer to the request behind this one (answered with {first.status}), got nothing")
    elif second.status != plain.status:
        raise CheckFailed(f"expected {plain.status} to the request behind this one, got {second.status}: they are out of step")
    return first


def stays_usable(template: bytes, method: bytes = b"POST", *, good: bool = False) -> Callable[[Peer], None]:
    """A check: behind this request another one is understood. With `good` the request itself must not be called a bad one."""

    def run(peer: Peer) -> None:
        client = Client(peer)
        client.send(template)
        answer = in_step(client, method)
        if good and answer.status in (400, 501, 505):
            raise CheckFailed(f"expected the request to be understood, got {answer.status}")

    return run

"""The openings of a proxy's clients: SOCKS5, HTTP's CONNECT and requests to a proxy, or whichever of them the first byte tells.

What is said to the proxy itself is not written down: the capture shows clients talking to their targets. What passes after CONNECT is
the business of `inside`; plain requests are passed on as the target gets them (in origin-form), one connection to each target in turn.
"""

from collections.abc import Callable

from captures.tap import socks
from captures.tap.facts import Asked, Failure
from captures.tap.http_heads import MOST_HEAD, HttpError, Request, read_request
from captures.tap.passage import Course, Inside, Plain, Silent, Wires
from workbench.api import Direction

__all__ = ["KINDS", "AnyProxy", "HttpProxy", "SocksProxy"]

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT

_STATUS = {
    "forbidden": "403 Forbidden",
    "unknown": "502 Bad Gateway",
    "refused": "502 Bad Gateway",
    "timeout": "504 Gateway Timeout",
}


class _Opening(Silent):
    """What both kinds of proxy do. Bytes that are not for the proxy are kept for the course that follows."""

    def __init__(self, wires: Wires, inside: Inside, opening_ns: int, switch_ns: int) -> None:
        self._wires = wires
        self._inside = inside
        self._opening_ns = opening_ns
        self._switch_ns = switch_ns
        self._asked: Asked | None = None
        self._over = False

    def began(self) -> None:
        """See `Course`."""
        self._wires.within(self._opening_ns)

    def expired(self) -> None:
        """A client that does not say what it wants in time."""
        self._wires.abort(DOWN)

    def _dial(self, asked: Asked) -> None:
        self._asked = asked
        self._wires.within(None)
        self._wires.dial(asked)

    def _hand_over(self, rest: bytes) -> None:
        assert self._asked is not None, "it is connected to it"
        course = self._inside(self._wires, self._asked)
        self._wires.become(course)
        course.began()
        if rest:
            course.received(UP, rest)

    def _bye(self, last: bytes) -> None:
        """Say something and hang up."""
        self._over = True
        self._wires.within(None)
        self._wires.send(DOWN, last)
        self._wires.finish(DOWN)


class SocksProxy(_Opening):
    """SOCKS5's CONNECT and UDP ASSOCIATE."""

    def __init__(self, wires: Wires, inside: Inside, opening_ns: int, switch_ns: int) -> None:
        super().__init__(wires, inside, opening_ns, switch_ns)
        self._socks = socks.Socks5()
        self._rest = b""
        self._associated = False

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`."""
        if self._over or self._associated:
            return
        try:
            heard = self._socks.receive(data)
        except socks.SocksError as error:
            self._wires.explain("socks", str(error))
            self._bye(error.answer)
            return
        self._wires.send(DOWN, heard.answer)
        if heard.datagrams:
            self._associate()
        elif heard.asked is not None:
            self._rest = heard.rest
            self._dial(heard.asked)

    def _associate(self) -> None:
        """Take datagrams as long as this connection lasts."""
        own = self._wires.associate()
        if own is None:
            self.refused(Failure("refused", "there is no socket for datagrams"))
            return
        self._associated = True
        self._wires.within(None)
        self._wires.send(DOWN, socks.granted(own))

    def ended(self, direction: Direction) -> None:
        """See `Course`."""
        self._bye(b"")

    def connected(self) -> None:
        """See `Course`."""
        self._wires.send(DOWN, socks.granted())
        self._hand_over(self._rest)

    def refused(self, failure: Failure) -> None:
        """See `Course`."""
        self._wires.explain("datagrams" if self._asked is None else str(self._asked), failure.text)
        self._bye(socks.rejected(failure))


class HttpProxy(_Opening):
    """CONNECT, and requests in absolute-form (RFC 9112 3.2.2)."""

    def __init__(self, wires: Wires, inside: Inside, opening_ns: int, switch_ns: int) -> None:
        super().__init__(wires, inside, opening_ns, switch_ns)
        self._buffer = b""
        self._request: Request | None = None
        """The one under way: it is dialled for, or its body is passed on."""
        self._connected = False
        self._switching = False
        """The client wants to go elsewhere; the target so far may finish."""
        self._upgrade: bytearray | None = None
        """The head of the answer to a request for another protocol, as far as it came."""
        self._client_ended = False

    # what happens

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`."""
        if self._over:
            return
        if direction is DOWN:
            self._answered(data)
            return
        self._buffer += data
        self._go_on()

    def ended(self, direction: Direction) -> None:
        """See `Course`."""
        if direction is UP:
            self._client_ended = True
            if not self._connected:
                self._bye(b"")
                return
            self._wires.record_end(UP)
            self._wires.finish(UP)
        elif self._switching:
            self._wires.record_end(DOWN)
            self._switch()
        else:
            self._wires.record_end(DOWN)
            self._wires.finish(DOWN)
            self._wires.finish(UP)
            self._wires.record_end(UP)

    def expired(self) -> None:
        """See `Course`."""
        if self._switching:
            self._wires.record_reset(UP)
            self._switch()
        else:
            self._bye(_answer("408 Request Timeout", "no request came in time"))

    def connected(self) -> None:
        """See `Course`."""
        request = self._request
        assert request is not None, "somebody wanted it"
        if request.tunnel:
            self._wires.send(DOWN, b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._hand_over(self._buffer)
            return
        self._connected = True
        self._start(request)
        self._go_on()
        if self._client_ended:
            self._wires.record_end(UP)
            self._wires.finish(UP)

    def refused(self, failure: Failure) -> None:
        """See `Course`."""
        self._wires.explain(str(self._asked), failure.text)
        self._bye(_answer(_STATUS[failure.kind], failure.text))

    # requests

    def _go_on(self) -> None:
        """Do what can be done with what the client has said."""
        while self._buffer and not self._over and not self._switching and self._upgrade is None:
            if self._request is None:
                if not self._next():
                    return
            elif not self._connected or not self._pass_body(self._request):
                return

    def _next(self) -> bool:
        """The next request; False when it has to wait."""
        try:
            found = read_request(self._buffer)
        except HttpError as error:
            self._refuse(error)
            return False
        if found is None:
            return False
        request, end = found
        self._request, self._buffer = request, self._buffer[end:]
        if not self._connected:
            self._dial(request.asked)
            return False
        if request.tunnel or request.asked != self._asked:
            self._leave()
            return False
        self._start(request)
        return True

    def _start(self, request: Request) -> None:
        self._pass(UP, request.head)
        if request.body.over:
            self._done(request)

    def _pass_body(self, request: Request) -> bool:
        try:
            size = request.body.take(self._buffer)
        except HttpError as error:
            self._refuse(error)
            return False
        self._pass(UP, self._buffer[:size])
        self._buffer = self._buffer[size:]
        if request.body.over:
            self._done(request)
        return True

    def _done(self, request: Request) -> None:
        """A request was passed on whole."""
        self._request = None
        if request.upgrade:
            self._upgrade = bytearray()
            self._wires.pause(UP)

    def _refuse(self, error: HttpError) -> None:
        self._wires.explain("http", str(error))
        if self._connected:
            self._wires.record_end(UP)
            self._wires.finish(UP)
        self._bye(_answer(error.status, str(error)))

    # another target

    def _leave(self) -> None:
        """The target so far gets its end and a little time; then the client's next target is dialled."""
        self._switching = True
        self._wires.pause(UP)
        self._wires.record_end(UP)
        self._wires.finish(UP)
        self._wires.within(self._switch_ns)

    def _switch(self) -> None:
        self._switching = self._connected = False
        self._wires.pause(UP, paused=False)
        assert self._request is not None, "it is why the other one was left"
        self._dial(self._request.asked)

    # answers

    def _answered(self, data: bytes) -> None:
        self._pass(DOWN, data)
        if self._upgrade is None:
            return
        self._upgrade += data
        while (end := self._upgrade.find(b"\r\n\r\n")) >= 0:
            status = bytes(self._upgrade[9:12])
            if status == b"101":
                self._become_plain()
                return
            if not status.startswith(b"1"):
                break
            del self._upgrade[: end + 4]
        if end >= 0 or len(self._upgrade) > MOST_HEAD:  # it stays HTTP
            self._upgrade = None
            self._wires.pause(UP, paused=False)
            self._go_on()

    def _become_plain(self) -> None:
        course = Plain(self._wires)
        self._wires.become(course)
        self._wires.pause(UP, paused=False)
        if self._buffer:
            course.received(UP, self._buffer)

    def _pass(self, direction: Direction, data: bytes) -> None:
        self._wires.record(direction, data)
        self._wires.send(direction, data)


class AnyProxy(_Opening):
    """Whichever the client's first byte tells: 5 is SOCKS5's version, and no request begins with it."""

    def received(self, direction: Direction, data: bytes) -> None:
        """See `Course`."""
        kind = SocksProxy if data[0] == socks.VERSION else HttpProxy
        course = kind(self._wires, self._inside, self._opening_ns, self._switch_ns)
        self._wires.become(course)
        course.received(direction, data)

    def ended(self, direction: Direction) -> None:
        """See `Course`."""
        self._bye(b"")


KINDS: dict[str, Callable[[Wires, Inside, int, int], Course]] = {"http": HttpProxy, "socks": SocksProxy, "any": AnyProxy}


def _answer(status: str, text: str) -> bytes:
    """An answer of the proxy itself."""
    body = f"workbench tap: {text}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body

"""One client's connection: its socket and the one to its target, bytes passed between them and a course, and what is written down of it.

Back-pressure, half-close and resets pass through: nothing more is read from one side before the other has taken what was read. What
the bytes mean is the course's business (`passage`).
"""

import errno
import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from captures.tap.association import Association
from captures.tap.facts import Asked, Failure, Trouble
from captures.tap.ground import Addresses, Ground
from captures.tap.journal import TcpJournal
from captures.tap.limits import CHUNK
from captures.tap.passage import Course, Wires
from captures.tap.reach import is_loopback, numeric
from captures.tap.side import Side
from workbench.api import Direction, Endpoint

__all__ = ["Connection"]

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

MOST_OWN = 256 * 1024
"""Bytes of a course's own answers (TLS, a proxy's errors) that may wait for a side that goes on sending without reading them."""

MOST_ADDRESSES = 4
"""Addresses of one name that are tried: IPv6, IPv4, and a spare of each."""

LINGER_NS = 1_000_000_000
"""A client may take so long to read our last words when there is nobody behind us."""

_STARVED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


@dataclass(slots=True)
class _Dial:
    """A target being looked for. `deadline` is that of looking up its name, then of each attempt."""

    asked: Asked
    deadline: int
    left: list[str] = field(default_factory=list)
    failure: Failure = Failure("unknown", "nobody knows that name")  # noqa: RUF009 - frozen


class Connection:
    """A client's connection; the `Wires` of its courses. `own` is where the tap listens: nobody gets a connection to that."""

    def __init__(
        self, client: socket.socket, peer: Endpoint, ground: Ground, start: Callable[[Wires], Course], own: Endpoint
    ) -> None:
        self._peer = peer
        self._ground = ground
        self._own = own
        self._client = Side(client)
        self._server: Side | None = None
        self._journal: TcpJournal | None = None
        self._association: Association | None = None
        self._dial: _Dial | None = None
        self._deadline: int | None = None
        self._linger: int | None = None
        self._draining = False
        self.opened = False
        """Whether TLS was opened on it."""
        self.refused = False
        """Whether a target could not be had."""
        self.starved = False
        """Whether it lacked a descriptor."""
        self.finished = False
        self._on_client, self._on_server = self._client_ready, self._server_ready
        self._course = start(self)

    # what its door calls

    def begin(self) -> None:
        """The client is there."""
        self._course.began()
        self.settle()

    def late(self, now: int) -> None:
        """Look at the time."""
        dial = self._dial
        if dial is not None and now >= dial.deadline:
            self._missed(dial, Failure("timeout", "the target does not answer"))
        elif self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._course.expired()
        elif self._linger is not None and now >= self._linger:
            self.finished = True
        else:
            return
        self.settle()

    def drain(self) -> None:
        """Read no more; only pass on what was read."""
        self._draining = True
        self.settle()

    @property
    def dropped(self) -> int:
        """Datagrams of the client that went nowhere."""
        return 0 if self._association is None else self._association.dropped

    @property
    def pending(self) -> bool:
        """Whether something still has to be passed on."""
        return not self.finished and any(side.waiting for side in self._sides())

    def close(self) -> None:
        """Close both sockets."""
        self.finished = True
        self._dial = None
        for side in self._sides():
            self._ground.forget(side.sock)
        if self._association is not None:
            self._association.close()

    # what its course calls: see `Wires`

    def dial(self, asked: Asked) -> None:
        """See `Wires`."""
        self._hang_up()
        self._journal = None
        self._dial = dial = _Dial(asked, deadline=self._ground.clock() + self._ground.limits.connect_ns)
        if asked.address:
            self._found(dial, (asked.address,))
        else:
            self._ground.lookup(asked.host, self._ground.clock(), lambda addresses, _: self._looked_up(dial, addresses))

    def associate(self) -> Endpoint | None:
        """See `Wires`."""
        try:
            self._association = Association(self._ground, self._own, self._peer)
        except OSError:
            return None
        return self._association.endpoint

    def send(self, direction: Direction, data: bytes) -> None:
        """See `Wires`."""
        side = self._towards(direction)
        if side is not None and data:
            side.waiting += data

    def finish(self, direction: Direction) -> None:
        """See `Wires`."""
        side = self._towards(direction)
        if side is not None:
            side.finish()

    def abort(self, direction: Direction) -> None:
        """See `Wires`."""
        side = self._towards(direction)
        if side is not None:
            side.abort()
        self.finished = True

    def pause(self, direction: Direction, *, paused: bool = True) -> None:
        """See `Wires`."""
        side = self._towards(direction.opposite)
        if side is not None:
            side.paused = paused

    def within(self, time_ns: int | None) -> None:
        """See `Wires`."""
        self._deadline = None if time_ns is None else self._ground.clock() + time_ns

    def become(self, course: Course) -> None:
        """See `Wires`."""
        self._course = course

    def record(self, direction: Direction, data: bytes) -> None:
        """See `Wires`."""
        if self._journal is not None and data:
            self._journal.sent(direction, data)

    def record_end(self, direction: Direction) -> None:
        """See `Wires`."""
        if self._journal is not None:
            self._journal.ended(direction)

    def record_reset(self, direction: Direction) -> None:
        """See `Wires`."""
        if self._journal is not None:
            self._journal.reset(direction)
            self._journal = None

    def record_secrets(self, key_log: bytes) -> None:
        """See `Wires`."""
        self._ground.file.secrets(key_log)

    def explain(self, target: str, reason: str) -> None:
        """See `Wires`."""
        self._ground.tell(Trouble(self._peer, target, reason))

    def count_opened(self) -> None:
        """See `Wires`."""
        self.opened = True

    # looking for the target

    def _looked_up(self, dial: _Dial, addresses: Addresses) -> None:
        if self._dial is dial:  # the client may be gone since
            self._found(dial, addresses)
            self.settle()

    def _found(self, dial: _Dial, addresses: Addresses) -> None:
        asked, reach = dial.asked, self._ground.reach
        # what the tap was started for was looked at then
        allowed = [address for address in addresses if asked.address or reach.allows(asked.host, address)]
        # the client's own kind of address first: it would have taken a way that exists
        allowed.sort(key=lambda address: (":" in address) != (":" in self._peer.host))
        dial.left = [address for address in allowed if not self._is_ourselves(address, asked.port)][:MOST_ADDRESSES]
        if addresses and not allowed:
            dial.failure = Failure("forbidden", "it is not on this machine, and nobody has allowed it")
        elif allowed and not dial.left:
            dial.failure = Failure("forbidden", "the tap would connect to itself")
        self._attempt(dial)

    def _is_ourselves(self, address: str, port: int) -> bool:
        anywhere = self._own.host in ("0.0.0.0", "::")  # noqa: S104
        return port == self._own.port and (address == self._own.host or (anywhere and is_loopback(address)))

    def _attempt(self, dial: _Dial) -> None:
        """Try the next address."""
        if not dial.left:
            self._dial = None
            self.refused = True
            self._course.refused(dial.failure)
            return
        address, port = dial.left.pop(0), dial.asked.port
        target = Endpoint(address.partition("%")[0], port)
        try:
            sock = _socket_for(address)
        except OSError as error:
            self.starved = error.errno in _STARVED
            dial.failure = Failure("refused", error.strerror or str(error))
            self._attempt(dial)
            return
        self._server = Side(sock)
        self._ground.label(sock)
        if not numeric(dial.asked.host):
            self._ground.file.name(dial.asked.host, target.host)
        self._journal = self._ground.file.conversation(self._peer, target)
        self._journal.asked()
        dial.deadline = self._ground.clock() + self._ground.limits.connect_ns
        try:
            code = sock.connect_ex((address, port))
        except (OSError, OverflowError) as error:  # an address that can be none
            self._missed(dial, Failure("refused", str(error)))
            return
        if code not in (0, errno.EINPROGRESS):
            self._missed(dial, Failure("refused", f"it cannot be reached: {_text_of(code)}"))

    def _missed(self, dial: _Dial, failure: Failure) -> None:
        """That address leads nowhere."""
        dial.failure = failure
        self.record_reset(Direction.TO_CLIENT)
        self._hang_up()
        self._attempt(dial)

    def _connecting(self, dial: _Dial) -> None:
        """The socket to the target knows how it went."""
        assert self._server is not None, "it is the one that is ready"
        code = self._server.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._missed(dial, Failure("refused", _text_of(code)))
            return
        self._dial = None
        if self._journal is not None:
            self._journal.accepted()
        self._course.connected()

    def _hang_up(self) -> None:
        """Give up the connection to the target there was."""
        if self._server is not None:
            self._ground.forget(self._server.sock)
            self._server = None

    # the sockets

    def _towards(self, direction: Direction) -> Side | None:
        return self._server if direction is Direction.TO_SERVER else self._client

    def _sides(self) -> list[Side]:
        return [self._client] if self._server is None else [self._client, self._server]

    def _client_ready(self, events: int, now: int) -> None:
        if not self.finished and events & _READ and self._readable(Direction.TO_SERVER):
            self._read(self._client, Direction.TO_SERVER)
        self.settle()

    def _server_ready(self, events: int, now: int) -> None:
        if self.finished or self._server is None:
            return
        if self._dial is not None:
            self._connecting(self._dial)
        elif events & _READ and self._readable(Direction.TO_CLIENT):
            self._read(self._server, Direction.TO_CLIENT)
        self.settle()

    def _readable(self, direction: Direction) -> bool:
        """Whether more may be read of what travels in this direction."""
        side, other = self._towards(direction.opposite), self._towards(direction)
        if side is None or side.ended or side.paused or self._draining or self._dial is not None:
            return False
        return not (other is not None and other.waiting) and len(side.waiting) <= MOST_OWN

    def _read(self, side: Side, direction: Direction) -> None:
        try:
            data = side.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._broken(direction)
            return
        if data:
            self._course.received(direction, data)
        else:
            side.ended = True
            self._course.ended(direction)

    def _broken(self, direction: Direction) -> None:
        """The side that sends in this direction is gone without a goodbye: so tell the other one."""
        side = self._towards(direction.opposite)
        if side is not None and side.ended:
            # it had ended before, and only takes no more (a browser that closes does so): that is no break of the conversation
            self.record_end(direction.opposite)
        else:
            self.record_reset(direction)
        self.abort(direction)

    def settle(self) -> None:
        """Send what can be sent, then wait for what allows to go on."""
        self._flush()
        if self.finished:
            self.close()
            return
        self._ground.wait_for(self._client.sock, self._interest(self._client, Direction.TO_SERVER), self._on_client)
        if self._server is not None:
            server = _WRITE if self._dial is not None else self._interest(self._server, Direction.TO_CLIENT)
            self._ground.wait_for(self._server.sock, server, self._on_server)

    def _interest(self, side: Side, direction: Direction) -> int:
        return (_READ if self._readable(direction) else 0) | (_WRITE if side.waiting else 0)

    def _flush(self) -> None:
        for direction in (Direction.TO_CLIENT, Direction.TO_SERVER):
            side = self._towards(direction)
            if self.finished or side is None or (side is self._server and self._dial is not None):
                continue
            try:
                side.flush()
            except OSError:
                self._broken(direction.opposite)
        if self._server is None and self._client.shut and self._dial is None:
            self._linger = self._linger or self._ground.clock() + LINGER_NS
            self.finished = self.finished or self._client.ended
        elif self._server is not None:
            self.finished = self.finished or (self._client.shut and self._server.shut)


def _socket_for(address: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)


def _text_of(code: int) -> str:
    return os.strerror(code).lower()

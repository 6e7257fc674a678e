"""A TCP connection that a proxy opened or waits for: dialling with a time limit, one accepted caller, half-closing, back-pressure."""

import errno
import socket
from collections.abc import Iterable
from enum import Enum, auto
from typing import Protocol

from workbench.api import Endpoint
from workbench.api.links import Accepted, Arrived, Ended, LinkEvent, Opened, Refused, Taken
from workbench.serving.door import Host, endpoint_of
from workbench.serving.streams import NOTHING, READ, WRITE
from workbench.serving.watch import Watch

__all__ = ["LinkOwner", "StreamLink", "local_address"]

REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "unreachable",
    errno.ETIMEDOUT: "timed out",
    errno.EACCES: "not allowed",
    errno.EPERM: "not allowed",
}


class LinkOwner(Protocol):
    """What a link needs of the connection it belongs to."""

    host: Host

    def say(self, event: LinkEvent) -> None:
        """Tell the protocol, with the next turn."""
        ...

    def turn(self, now_ns: int) -> None:
        """Let the protocol hear what was said."""
        ...

    def over(self, number: int) -> None:
        """The link is closed and forgotten."""
        ...


class _Phase(Enum):
    DIALLING = auto()
    LISTENING = auto()
    OPEN = auto()
    CLOSED = auto()


class StreamLink:
    """Belongs to the loop's thread. Bytes are counted for the log."""

    def __init__(self, number: int, owner: LinkOwner) -> None:
        self.number = number
        self.received = 0
        self.sent = 0
        self._owner = owner
        self._outgoing = bytearray()
        self._phase = _Phase.DIALLING
        self._sock: socket.socket | None = None
        self._watch: Watch | None = None
        self._addresses: list[str] = []
        self._port = 0
        self._deadline_ns = 0
        self._held = self._has_room = False
        self._hang = self._hung = self._ended = self._leaving = False

    @property
    def waiting(self) -> int:
        """Bytes that the other end has not taken."""
        return len(self._outgoing)

    def dial(self, addresses: Iterable[str], port: int, deadline_ns: int) -> None:
        """Connect to the first of the addresses that answers."""
        self._addresses = list(addresses)
        self._port = port
        self._deadline_ns = deadline_ns
        self._next_address("failed")

    def listen(self, address: str) -> None:
        """Wait for one connection on an address of this machine."""
        try:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self._take(socket.socket(family, socket.SOCK_STREAM))
            assert self._sock is not None, "just taken"
            self._sock.bind((address, 0))
            self._sock.listen(1)
        except OSError as error:
            self._refuse(REASONS.get(error.errno or 0, "failed"))
            return
        self._phase = _Phase.LISTENING
        self._owner.say(Opened(self.number, endpoint_of(self._sock.getsockname())))
        self._await()

    def hand(self, data: bytes, to: Endpoint | None) -> None:
        """Bytes for the other end; kept until it takes them."""
        if not self._hang:
            self._outgoing += data
            self._flush()

    def hang(self, half: bool) -> None:
        """Close once everything was sent: our direction, or all of it."""
        self._hang = True
        self._leaving = self._leaving or not half
        if self._phase is not _Phase.OPEN:
            if not half:
                self.close()
            return
        self._flush()

    def hold(self, held: bool) -> None:
        """Whether the protocol wants nothing from the other end now."""
        self._held = held
        self._await()

    def flow(self, has_room: bool) -> None:
        """Whether there is room for more of the other end's bytes."""
        if has_room is not self._has_room:
            self._has_room = has_room
            self._await()

    def tick(self, now_ns: int) -> None:
        """Time passes: a host that does not answer is given up."""
        if self._phase is _Phase.DIALLING and self._sock is not None and now_ns >= self._deadline_ns:
            self._refuse("timed out")

    def close(self) -> None:
        """Over; nothing more is said about it."""
        if self._phase is _Phase.CLOSED:
            return
        self._phase = _Phase.CLOSED
        self._release()
        self._owner.over(self.number)

    def ready(self, events: int, now_ns: int) -> None:
        """The socket can be read or written; see `Ready`."""
        if self._phase is _Phase.DIALLING:
            self._connected()
        elif self._phase is _Phase.LISTENING:
            self._accept()
        else:
            if events & WRITE:
                self._flush()
            if events & READ and self._phase is _Phase.OPEN:
                self._read()
        self._owner.turn(now_ns)

    # dialling and listening

    def _next_address(self, reason: str) -> None:
        while self._addresses:
            address = self._addresses.pop(0)
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            self._release()
            try:
                self._take(socket.socket(family, socket.SOCK_STREAM))
                assert self._sock is not None, "just taken"
                error = self._sock.connect_ex((address, self._port))
            except (OSError, OverflowError) as failed:  # no descriptors; a port that is none
                error = getattr(failed, "errno", None) or errno.EINVAL
            if error in (0, errno.EINPROGRESS):
                self._await()
                return
            reason = REASONS.get(error, "failed")
        self._refuse(reason)

    def _connected(self) -> None:
        assert self._sock is not None, "something was ready"
        error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._next_address(REASONS.get(error, "failed"))
            return
        try:
            local, remote = endpoint_of(self._sock.getsockname()), endpoint_of(self._sock.getpeername())
        except OSError:
            self._next_address("failed")
            return
        self._phase = _Phase.OPEN
        self._owner.say(Opened(self.number, local, remote))
        self._flush()

    def _accept(self) -> None:
        assert self._sock is not None, "something was ready"
        try:
            sock, address = self._sock.accept()
        except OSError:
            return  # gone before it was let in; the next one may come
        self._take(sock)
        self._phase = _Phase.OPEN
        self._owner.say(Accepted(self.number, endpoint_of(address)))
        self._flush()

    def _refuse(self, reason: str) -> None:
        if self._phase is not _Phase.CLOSED:
            self._phase = _Phase.CLOSED
            self._release()
            self._owner.say(Refused(self.number, reason))
            self._owner.over(self.number)

    # an open connection

    def _read(self) -> None:
        assert self._sock is not None, "an open link has a socket"
        try:
            data = self._sock.recv(self._owner.host.limits.read_size)
        except BlockingIOError:
            return
        except OSError:
            self._broken()
            return
        if data:
            self.received += len(data)
            self._owner.say(Arrived(self.number, data))
            return
        self._ended = True
        self._owner.say(Ended(self.number))
        self._rest()

    def _flush(self) -> None:
        if self._phase is not _Phase.OPEN or self._sock is None:
            return
        if self._outgoing:
            try:
                count = self._sock.send(self._outgoing)
            except BlockingIOError:
                count = 0
            except OSError:
                self._broken()
                return
            if count:
                self.sent += count
                del self._outgoing[:count]
                self._owner.say(Taken(self.number, count))
        if self._hang and not self._outgoing and not self._hung:
            self._hung = True
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError:
                self._broken()
                return
        self._rest()

    def _rest(self) -> None:
        """Close what is over in both directions; else wait."""
        if self._hung and (self._ended or self._leaving):
            self.close()
        else:
            self._await()

    def _broken(self) -> None:
        if not self._leaving:
            self._owner.say(Ended(self.number, broken=True))
        self.close()

    def _take(self, sock: socket.socket) -> None:
        self._release()
        sock.setblocking(False)
        self._sock = sock
        self._watch = Watch(self._owner.host.selector, sock, self.ready)

    def _release(self) -> None:
        if self._watch is not None:
            self._watch.drop()
        if self._sock is not None:
            self._sock.close()
        self._sock = self._watch = None

    def _await(self) -> None:
        if self._watch is None:
            return
        if self._phase is _Phase.DIALLING:
            wish = WRITE
        elif self._phase is _Phase.LISTENING:
            wish = READ
        else:
            reads = not (self._held or self._ended or self._leaving) and self._has_room
            wish = (READ if reads else NOTHING) | (WRITE if self._outgoing else NOTHING)
        self._watch.wait_for(wish)


def local_address(target: str) -> str:
    """The address of this machine from which `target` can be reached; raises OSError where it cannot."""
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as scratch:
        scratch.connect((target, 9))  # nothing is sent: the kernel looks up the route
        return str(scratch.getsockname()[0])

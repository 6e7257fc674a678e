"""A UDP relay: each client gets a socket of its own to the target, as long as it is not silent for too long.

Datagrams are lost where UDP would lose them, when a socket takes no more; what was written down was seen.
"""

import selectors
import socket
from collections import deque
from collections.abc import Callable

from captures.tap.facts import Trouble
from captures.tap.ground import Ground, Ready
from workbench.api import Direction, Endpoint

__all__ = ["UdpDoor"]

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams taken from one socket before others get their turn."""

OWN_SIZE = 100
"""Bytes of memory that a waiting datagram takes besides its own: empty ones cost, too."""


class _Session:
    """One client: its socket to the target, and what waits to be sent on it."""

    __slots__ = ("heard", "on_ready", "peer", "seen", "sock", "waiting")

    def __init__(self, peer: Endpoint, sock: socket.socket, now: int, ready: "Callable[[_Session, int, int], None]") -> None:
        self.on_ready: Ready = lambda events, now: ready(self, events, now)
        self.peer = peer
        self.sock = sock
        self.seen = now
        self.waiting: deque[bytes] = deque()
        self.heard = False
        """Whether the target has ever said something, or was found to be missing."""


class UdpDoor:
    """See `Door`; relays the datagrams that reach `listener` to one target."""

    def __init__(self, ground: Ground, listener: socket.socket, target: Endpoint) -> None:
        listener.setblocking(False)
        self.endpoint = Endpoint(*listener.getsockname()[:2])
        self.title = f"tap {self.endpoint} → {target} (udp)"
        self.filter_text = f"udp port {target.port}"
        self.accepted = self.refused = self.opened = self.dropped = 0
        self._ground = ground
        self._listener = listener
        self._target = target
        self._sessions: dict[Endpoint, _Session] = {}
        """By client, the one that was silent longest first."""
        self._waiting: deque[tuple[bytes, Endpoint]] = deque()
        """For clients."""
        self._queued = 0
        self._draining = False
        self._on_listener = self._listener_ready

    @property
    def open(self) -> int:
        """See `Door`."""
        return len(self._sessions)

    @property
    def pending(self) -> bool:
        """See `Door`."""
        return self._queued > 0

    def due_s(self) -> float | None:
        """See `Door`."""
        return None

    def tick(self, now: int) -> None:
        """See `Door`; also forgets who has been silent."""
        while self._sessions:
            oldest = next(iter(self._sessions.values()))
            if now - oldest.seen < self._ground.limits.session_ns:
                break
            self._forget(oldest)
        self._wait_for_clients()

    def drain(self) -> None:
        """See `Door`."""
        self._draining = True
        self._wait_for_clients()
        for session in self._sessions.values():
            self._wait_for_target(session)

    def close(self) -> None:
        """See `Door`."""
        for session in list(self._sessions.values()):
            self._forget(session)
        self._ground.forget(self._listener)

    # clients

    def _listener_ready(self, events: int, now: int) -> None:
        if events & _READ:
            for _ in range(READ_AT_ONCE):
                try:
                    data, address = self._listener.recvfrom(LARGEST)
                except (BlockingIOError, InterruptedError):
                    break
                except OSError:
                    continue  # an earlier answer found nobody: that client's silence will tell
                self._from_client(data, Endpoint(address[0], address[1]), now)
        self._answer()
        self._wait_for_clients()

    def _from_client(self, data: bytes, peer: Endpoint, now: int) -> None:
        session = self._sessions.pop(peer, None) or self._begin(peer, now)
        if session is None:
            self.dropped += 1
            return
        self._sessions[peer] = session
        session.seen = now
        self._ground.file.datagram(_seen_as(peer), self._target, Direction.TO_SERVER, data)
        if self._has_room(len(data)):
            session.waiting.append(data)
            self._queued += len(data) + OWN_SIZE
            self._pass_on(session)

    def _begin(self, peer: Endpoint, now: int) -> _Session | None:
        """A new client; None when there is no descriptor for it."""
        if len(self._sessions) >= self._ground.limits.sessions:
            self._forget(next(iter(self._sessions.values())))
        sock = None
        try:
            sock = socket.socket(socket.AF_INET6 if ":" in self._target.host else socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.connect((self._target.host, self._target.port))
        except OSError as error:
            if sock is not None:
                sock.close()
            self._ground.tell(Trouble(peer, str(self._target), error.strerror or str(error)))
            return None
        self.accepted += 1
        session = _Session(peer, sock, now, self._target_ready)
        self._wait_for_target(session)
        return session

    def _answer(self) -> None:
        """Send what waits for clients."""
        while self._waiting:
            data, peer = self._waiting[0]
            try:
                self._listener.sendto(data, (peer.host, peer.port))
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self.dropped += 1
            self._waiting.popleft()
            self._queued -= len(data) + OWN_SIZE

    def _wait_for_clients(self) -> None:
        events = (0 if self._draining else _READ) | (_WRITE if self._waiting else 0)
        self._ground.wait_for(self._listener, events, self._on_listener)

    # the target

    def _target_ready(self, session: _Session, events: int, now: int) -> None:
        if events & _READ:
            for _ in range(READ_AT_ONCE):
                try:
                    data = session.sock.recv(LARGEST)
                except (BlockingIOError, InterruptedError):
                    break
                except OSError as error:
                    self._missing(session, error)
                    break
                self._from_target(data, session, now)
            self._answer()
            self._wait_for_clients()
        self._pass_on(session)

    def _from_target(self, data: bytes, session: _Session, now: int) -> None:
        session.heard = True
        session.seen = now
        self._sessions[session.peer] = self._sessions.pop(session.peer)
        self._ground.file.datagram(_seen_as(session.peer), self._target, Direction.TO_CLIENT, data)
        if self._has_room(len(data)):
            self._waiting.append((data, session.peer))
            self._queued += len(data) + OWN_SIZE

    def _pass_on(self, session: _Session) -> None:
        """Send what waits for the target."""
        while session.waiting:
            data = session.waiting[0]
            try:
                session.sock.send(data)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self._missing(session, error)
                self.dropped += 1
            session.waiting.popleft()
            self._queued -= len(data) + OWN_SIZE
        self._wait_for_target(session)

    def _missing(self, session: _Session, error: OSError) -> None:
        """Nobody listens there at the moment. UDP has no way to tell the client; it is counted once for each."""
        if not session.heard:
            session.heard = True
            self.refused += 1
            self._ground.tell(Trouble(session.peer, str(self._target), (error.strerror or str(error)).lower()))

    def _wait_for_target(self, session: _Session) -> None:
        events = (0 if self._draining else _READ) | (_WRITE if session.waiting else 0)
        self._ground.wait_for(session.sock, events, session.on_ready)

    def _has_room(self, size: int) -> bool:
        """Whether another datagram may wait; if not, it is lost."""
        room = self._queued + size < self._ground.limits.queue
        self.dropped += not room
        return room

    def _forget(self, session: _Session) -> None:
        del self._sessions[session.peer]
        self._queued -= sum(len(data) + OWN_SIZE for data in session.waiting)
        self._ground.forget(session.sock)


def _seen_as(peer: Endpoint) -> Endpoint:
    """A client's address as packets have it, without the zone that only this machine knows."""
    return Endpoint(peer.host.partition("%")[0], peer.port)

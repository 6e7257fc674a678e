"""One connection of the tap: two sockets, bytes passed on both ways, and the frames that tell of it.

Back-pressure, half-close and resets pass through: nothing more is read from one side before the other has taken what was read.
Waiting for sockets is `tap`'s.
"""

import contextlib
import errno
import selectors
import socket
import struct
from collections.abc import Callable, Sequence

from captures.synthesis import TcpConversation
from workbench.api import Direction, Endpoint

__all__ = ["CHUNK", "Record", "Relay"]

CHUNK = 65_536
"""Bytes read at a time and held at most in each direction."""

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_ABORT = struct.pack("ii", 1, 0)

Record = Callable[[Sequence[bytes], tuple[int, int]], None]
"""Takes frames, and which direction carried how many payload bytes."""

_NO_PAYLOAD = (0, 0)


class Relay:
    """A client's connection and the one made for it to the target. `number` tells connections on equal ports apart."""

    def __init__(self, client: socket.socket, peer: Endpoint, target: Endpoint, number: int, record: Record) -> None:
        client.setblocking(False)
        self._target = target
        self._record = record
        family = socket.AF_INET6 if ":" in target.host else socket.AF_INET
        self._sockets = (client, socket.socket(family, socket.SOCK_STREAM))
        """By the direction in which they send to us: the client's bytes travel to the server."""
        self._sockets[1].setblocking(False)
        self._conversation = TcpConversation(peer, target, initial=(number * 64_000, number * 64_000 + (1 << 31)))
        self._waiting = [b"", b""]
        """By direction: read from one side, not yet taken by the other."""
        self._ended = [False, False]
        """By direction: its sender sends no more."""
        self._shut = [False, False]
        """By direction: the other side was told so."""
        self._connected = False
        self._draining = False
        self._deadline = 0
        self.refused = False
        self.finished = False

    def connect(self, deadline: int) -> None:
        """Begin to connect to the target, which has until `deadline`."""
        self._deadline = deadline
        self._record(self._conversation.syn(), _NO_PAYLOAD)
        for sock in self._sockets:
            with contextlib.suppress(OSError):  # a client that is gone already shows soon enough
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = self._sockets[1].connect_ex((self._target.host, self._target.port))
        if code not in (0, errno.EINPROGRESS):
            self.give_up()

    def late(self, now: int) -> bool:
        """Whether the target has had its time to answer."""
        return not self._connected and not self.finished and now >= self._deadline

    def give_up(self) -> None:
        """The target cannot be reached: the client gets a reset."""
        self.refused = True
        self._abort(Direction.TO_CLIENT)

    def sockets(self) -> tuple[socket.socket, socket.socket]:
        """The client's and the target's."""
        return self._sockets

    def interests(self) -> list[tuple[socket.socket, int]]:
        """Which events of which socket let this relay go on."""
        if self.finished:
            return []
        if not self._connected:
            return [(self._sockets[0], 0), (self._sockets[1], _WRITE)]
        return [(sock, self._interest(direction)) for direction, sock in enumerate(self._sockets)]

    def _interest(self, direction: int) -> int:
        readable = not self._waiting[direction] and not self._ended[direction] and not self._draining
        writable = bool(self._waiting[1 - direction])
        return (_READ if readable else 0) | (_WRITE if writable else 0)

    def drain(self) -> None:
        """Read no more; only pass on what was read."""
        self._draining = True

    @property
    def pending(self) -> bool:
        """Whether something still has to be passed on."""
        return any(self._waiting) and not self.finished

    def ready(self, sock: object, events: int) -> None:
        """A socket can be read from or written to."""
        direction = Direction(self._sockets.index(sock))
        if not self._connected:
            self._finish_connecting()
            return
        if events & _WRITE and not self.finished:
            self._write(direction.opposite)
        if events & _READ and not self.finished and self._interest(direction) & _READ:
            self._read(direction)

    def close(self) -> None:
        """Close both sockets."""
        self.finished = True
        for sock in self._sockets:
            sock.close()

    def _finish_connecting(self) -> None:
        if self._sockets[1].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.give_up()
            return
        self._connected = True
        self._record(self._conversation.accept(), _NO_PAYLOAD)

    def _read(self, direction: Direction) -> None:
        try:
            data = self._sockets[direction].recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._abort(direction)
            return
        if data:
            self._record(self._conversation.send(direction, data), (direction, len(data)))
            self._waiting[direction] = data
        else:
            self._record(self._conversation.close(direction), _NO_PAYLOAD)
            self._ended[direction] = True
        self._write(direction)

    def _write(self, direction: Direction) -> None:
        """Pass on what waits in this direction, and its end after it."""
        sink = self._sockets[direction.opposite]
        waiting = self._waiting[direction]
        try:
            if waiting:
                self._waiting[direction] = waiting[sink.send(waiting) :]
            if self._ended[direction] and not self._waiting[direction] and not self._shut[direction]:
                self._shut[direction] = True
                sink.shutdown(socket.SHUT_WR)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._abort(direction.opposite)
            return
        self.finished = all(self._shut)

    def _abort(self, direction: Direction) -> None:
        """The side that sends in `direction` is gone without a goodbye: so tell the other one."""
        self._record(self._conversation.reset(direction), _NO_PAYLOAD)
        with contextlib.suppress(OSError):
            self._sockets[direction.opposite].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.finished = True

"""One socket of a relayed connection: what waits to be sent on it, and which of its directions have ended."""

import contextlib
import socket
import struct

__all__ = ["Side"]

_ABORT = struct.pack("ii", 1, 0)


class Side:
    """A connected (or connecting) TCP socket. Methods raise OSError when the peer is gone."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # a peer that is gone already shows soon enough
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # peers that vanish without a word are found out, after two hours as the system has it
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock = sock
        self.waiting = bytearray()
        """To be sent."""
        self.ended = False
        """The peer sends no more."""
        self.shut = False
        """The peer was told that we send no more."""
        self.paused = False
        """Nothing is to be read from it."""
        self._finishing = False

    def finish(self) -> None:
        """Send no more after what waits."""
        self._finishing = True

    def flush(self) -> None:
        """Send what the socket takes, and the end after it."""
        with contextlib.suppress(BlockingIOError, InterruptedError):
            while self.waiting:
                del self.waiting[: self.sock.send(self.waiting)]
            if self._finishing and not self.shut:
                self.shut = True
                self.sock.shutdown(socket.SHUT_WR)

    def abort(self) -> None:
        """Whatever closes it sends a reset."""
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)

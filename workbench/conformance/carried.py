"""A peer that talks to a server through a carrier (QUIC): frames of `workbench.api.carried` on its side, datagrams on the other."""

import contextlib
import select
import time

from workbench.api import ClientSetup, ConnectionClosed, TargetError, UsageError
from workbench.conformance.sockets import CONNECT_S, READ_AT_ONCE, READ_SIZE, RETURN_S, SocketPeer

__all__ = ["CarriedPeer"]


class CarriedPeer(SocketPeer):
    """See `workbench.api.Peer`. What is received are whole frames. `finish` closes the connection, since QUIC has no half of one."""

    def _begin(self) -> None:
        target = self._target
        assert target.carry is not None, "made for carried protocols"
        self.tls = True
        self._met = False
        self._client = target.carry(
            ClientSetup(alpn=target.alpn, server_name=target.host, cacert=self._authorities(), verify=target.verify)
        )
        deadline, refused = time.monotonic() + CONNECT_S, time.monotonic() + RETURN_S
        while not self._client.ready:
            self._absorb()
            now = time.monotonic()
            if self._client.ended and not self._client.ready:
                remedy = "Name the authority with --cacert" if "certificate" in self._client.ended else ""
                raise TargetError(f"the handshake failed: {self._client.ended}", place=target.place, remedy=remedy)
            if now > deadline or (self._broken and now > refused):
                why = "nobody listens there" if self._broken else "the handshake gets no answer"
                raise TargetError(why, place=target.place)
            self._wait(select.POLLIN, deadline - now)
        self._met = True

    def send(self, data: bytes) -> None:
        """See `Peer`."""
        self._budget.left()
        if data and not self._deaf and not self._eof:
            self._note("sent", data)
            self._client.send(data)
            self._absorb()

    def finish(self) -> None:
        """See `Peer`."""
        if not self._deaf:
            self._note("finished")
            self._client.send(bytes(ConnectionClosed(0)))
            self._absorb()
            self._deaf = True

    def close(self) -> None:
        """Say goodbye, so that the target need not wait for us, and give the socket back."""
        if self._met and not self._eof:
            self._client.send(bytes(ConnectionClosed(0)))
            self._absorb()
        super().close()

    def _authorities(self) -> bytes | None:
        file = self._target.cacert
        try:
            return None if file is None else file.read_bytes()
        except OSError as error:
            raise UsageError(f"no certificates can be read there ({error})", place=str(file)) from error

    def _wait(self, events: int, seconds: float) -> int:
        """Not longer than until the next time-out of the connection."""
        due_ns = self._client.due_ns()
        if due_ns is not None:
            seconds = min(seconds, (due_ns - time.monotonic_ns()) / 1e9)
        return super()._wait(events, seconds)

    def _absorb(self) -> None:
        """Take what has arrived, let time pass, send what is to be sent."""
        for _ in range(0 if self._eof else READ_AT_ONCE):
            try:
                datagram = self._sock.recv(READ_SIZE)
            except BlockingIOError:
                break
            except OSError:
                self._broken = True  # nobody listens at the moment; the connection finds out by itself
                break
            self._broken = False
            self._client.receive(datagram, time.monotonic_ns())
        self._client.wakeup(time.monotonic_ns())
        for datagram in self._client.outgoing(time.monotonic_ns()):
            with contextlib.suppress(OSError):  # as if the network had lost it
                self._sock.send(datagram)
        self._keep(self._client.read())
        if self._client.ended:
            self._eof, self._broken = True, self._client.broken

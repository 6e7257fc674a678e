"""What a carrier (QUIC) carries: the case speaks frames in the clear, the carrier makes real packets of them, with real keys.

So frames are mutated before they are protected. What is still a frame of an application goes through the carrier, which knows how far each
stream is; whatever else a mutator made of it goes into a packet as it is.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable
from typing import Literal

from fuzzers.targets.links.link import READ_SIZE
from fuzzers.targets.links.tls import HANDSHAKE_S, TlsFacts
from fuzzers.targets.links.udp import UdpDialer
from workbench.api import CarrierClient, ClientSetup, ConnectionClosed, Endpoint, FrameError, TargetError, UsageError
from workbench.api.carried import read_frame

__all__ = ["CarriedDialer", "CarriedLink"]

READ_AT_ONCE = 256
"""Datagrams taken before somebody else gets a look at the server: one that sends faster than we read must not hold us for ever."""
QUIET_NS = 4_000_000
"""Silence after which nothing more comes by the carriers' own doing: servers spread what they send over some milliseconds (pacing,
RFC 9002 7.7). Acknowledgements may take longer and are not waited for."""

Carry = Callable[[ClientSetup], CarrierClient]


class CarriedDialer:
    """See `Dialer`. Raises `TargetError` where the very first handshake cannot be: that is no fault of any case."""

    kind: Literal["tcp", "udp"] = "udp"

    def __init__(self, carry: Carry, facts: TlsFacts) -> None:
        self._udp = UdpDialer()
        self._carry = carry
        self._facts = facts
        self._met = False
        try:
            self._authorities = facts.ca.read_bytes() if facts.ca is not None else None
        except OSError as error:
            raise UsageError(f"no certificates can be read there ({error.strerror})", place=str(facts.ca)) from error

    def dial(self, endpoint: Endpoint) -> "CarriedLink":
        """See `Dialer`."""
        setup = ClientSetup(
            alpn=self._facts.alpn,
            server_name=self._facts.name or endpoint.host,
            cacert=self._authorities,
            verify=self._facts.verify,
            keylog=self._log_key,
        )
        link = CarriedLink(self._udp.connect(endpoint), self._carry(setup))
        try:
            failed = link.shake_hands()
        except TimeoutError as error:
            link.reset()
            if self._met:
                raise
            raise TargetError(f"{error}", place=str(endpoint), remedy="Is that a server of the protocol's carrier?") from error
        except BaseException:
            link.reset()
            raise
        if failed:
            link.reset()
            if self._met:
                raise ConnectionAbortedError(f"the handshake failed: {failed}")
            remedy = "Name its authority (--ca), or take any certificate (--insecure)" if "certificate" in failed else ""
            raise TargetError(f"the handshake failed: {failed}", place=str(endpoint), remedy=remedy)
        self._met = True
        return link

    def _log_key(self, line: str) -> None:
        if self._facts.keylog is not None:
            with self._facts.keylog.open("a", encoding="ascii") as file:
                file.write(line + "\n")

    def is_there(self, endpoint: Endpoint, patience_s: float) -> bool:
        """See `Dialer`."""
        return self._udp.is_there(endpoint, patience_s)


class CarriedLink:
    """See `Link`; `sock` is connected, and belongs to the link. What is received are whole frames."""

    def __init__(self, sock: socket.socket, client: CarrierClient) -> None:
        self.fileno = sock.fileno
        self._sock = sock
        self._client = client
        self._rest = b""
        """The beginning of a frame that a later message may complete."""
        self._heard = b""
        self._told = False
        self._active_ns = 0
        self._due_ns: int | None = None

    def shake_hands(self) -> str:
        """Wait for the end of the handshake; why there is none, "" when it is done. Raises `OSError` where nobody answers."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        deadline = time.monotonic() + HANDSHAKE_S
        while True:
            self._let_time_pass()
            if self._client.ready or self._client.ended:
                return "" if self._client.ready else self._client.ended
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the handshake gets no answer")
            if self._due_ns is not None:
                left = min(left, (self._due_ns - time.monotonic_ns()) / 1e9)
            if poll.poll(max(0.0, left) * 1000):
                self._absorb()

    @property
    def waiting(self) -> bool:
        """See `Link`; the end of the connection is something to receive, too."""
        return bool(self._heard) or (bool(self._client.ended) and not self._told)

    def send(self, data: memoryview) -> int:
        """See `Link`."""
        said, self._rest = self._rest + bytes(data), b""
        at = 0
        while at < len(said):
            try:
                found = read_frame(said, at)
            except FrameError:
                self._client.send_raw(said[at:])
                break
            if found is None:
                self._rest = said[at:]
                break
            self._say(bytes(found[0]))
            at = found[1]
        self._let_time_pass()
        return len(data)

    def _say(self, frame: bytes) -> None:
        try:
            self._client.send(frame)
        except ValueError:  # no client may say that: let us see
            self._client.send_raw(frame)

    def receive(self) -> bytes:
        """See `Link`."""
        if not self.waiting:
            self._absorb()
        data, self._heard = self._heard, b""
        if data:
            return data
        if self._client.ended:
            self._told = True
            return b""
        raise BlockingIOError

    def at_rest(self) -> bool:
        """See `Link`."""
        now_ns = time.monotonic_ns()
        if self._due_ns is not None and now_ns >= self._due_ns:
            self._let_time_pass()
        return bool(self._client.ended) or now_ns - self._active_ns > QUIET_NS

    def finish(self) -> None:
        """See `Link`. Streams have ends of their own; what is no whole frame until now never will be one, and goes out as it is."""
        if self._rest:
            self._client.send_raw(self._rest)
            self._rest = b""
            self._let_time_pass()

    def reset(self) -> None:
        """See `Link`: without a word, so that what the server still sends is refused."""
        self._sock.close()

    def close(self) -> None:
        """See `Link`."""
        if self._sock.fileno() < 0:
            return
        if not self._client.ended:
            self._client.send(bytes(ConnectionClosed(0)))
            self._let_time_pass()
        self._sock.close()

    def _absorb(self) -> None:
        """Take the datagrams that are there; raises `OSError` where the server's port is closed."""
        for _ in range(READ_AT_ONCE):
            try:
                datagram = self._sock.recv(READ_SIZE)
            except BlockingIOError:
                break
            self._active_ns = time.monotonic_ns()
            self._client.receive(datagram, self._active_ns)
        self._let_time_pass()

    def _let_time_pass(self) -> None:
        """Give the carrier its time, and send what it wants to."""
        now_ns = time.monotonic_ns()
        self._client.wakeup(now_ns)
        for datagram in self._client.outgoing(now_ns):
            self._active_ns = now_ns
            with contextlib.suppress(OSError):  # as if the network had lost it; who refuses it is heard by `_absorb`
                self._sock.send(datagram)
        self._heard += self._client.read()
        self._due_ns = self._client.due_ns()

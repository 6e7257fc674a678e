"""A QUIC relay with keys of our own: clients' connections end here, others go on to the target, and frames pass between them.

Written down is the client's side, datagram by datagram, and its secrets before the datagrams that need them. QUIC itself comes from an
installed plugin, through `workbench.api.carriers`.
"""

import selectors
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from captures.tap import Asked, Ground, Trouble
from workbench.api import (
    CarrierClient,
    CarrierServer,
    CarrierSession,
    Credentials,
    Direction,
    Endpoint,
    ServerConnection,
    ServerSetup,
)
from workbench.tapping.quic_pair import QuicPair
from workbench.tapping.quic_survey import Survey
from workbench.tapping.upstream_link import LARGEST, READ_AT_ONCE, SOCKET_BUFFER, UpstreamLink

__all__ = ["QuicDoor", "QuicPlan"]

_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

MOST_WAITING = 64
"""Datagrams of clients that wait until we know what the target speaks; the first ones of a few clients. Lost ones are sent again."""

AGAIN_NS = 1_000_000_000
"""A target that could not be asked is asked again after so long, if a client still wants it."""

IDLE_NS = 60_000_000_000
"""A connection that is silent for so long is over; the target may be less patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuicPlan:
    """What the relay is made of."""

    applications: Sequence[str]
    """ALPN identifiers that a target may speak, the most wanted first."""
    serve: Callable[[ServerSetup], CarrierServer]
    dial: Callable[[str, str], CarrierClient]
    """A connection to the target: for an ALPN identifier, and the name by which the client called it ("": none)."""
    credentials: Callable[[str], Credentials]
    """The certificate for a name that a client asks for."""
    settings: dict[str, str]
    """The carrier's own options."""


class QuicDoor:
    """See `Door`. Times of the carrier are those of `clock`, monotonic nanoseconds."""

    def __init__(
        self, ground: Ground, listener: socket.socket, target: Endpoint, asked: Asked, plan: QuicPlan, clock: Callable[[], int]
    ) -> None:
        listener.setblocking(False)
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            listener.setsockopt(socket.SOL_SOCKET, buffer, SOCKET_BUFFER)
        self.endpoint = Endpoint(*listener.getsockname()[:2])
        self.title = f"tap {self.endpoint} → {target} (quic)"
        self.filter_text = f"udp port {target.port}"
        self.accepted = self.refused = self.opened = self.dropped = 0
        self._ground = ground
        self._listener = listener
        self._target = target
        self._asked = asked
        self._plan = plan
        self._clock = clock
        self._server: CarrierServer | None = None
        self._survey: Survey | None = None
        self._ask_again_ns = 0
        self._early: list[tuple[bytes, Endpoint]] = []
        self._pairs: dict[int, QuicPair] = {}
        self._unsent: deque[tuple[bytes, Endpoint]] = deque()
        self._secrets: list[str] = []
        self._draining = False
        self._on_ready = self._ready

    @property
    def open(self) -> int:
        """See `Door`."""
        return len(self._pairs)

    @property
    def pending(self) -> bool:
        """See `Door`."""
        return bool(self._unsent) or (self._server is not None and self._server.open > 0)

    def due_s(self) -> float | None:
        """See `Door`."""
        waits: list[CarrierServer | Survey | UpstreamLink | None] = [self._server, self._survey]
        waits += [pair.link for pair in self._pairs.values()]
        times = [due for each in waits if each is not None and (due := each.due_ns()) is not None]
        return max(0.0, (min(times) - self._clock()) / 1e9) if times else None

    def tick(self, now: int) -> None:
        """See `Door`."""
        now_ns = self._clock()
        if self._survey is not None:
            self._survey.wakeup(now_ns)
        for pair in list(self._pairs.values()):
            if pair.link is not None:
                pair.link.wakeup(now_ns)
        if self._server is not None:
            self._server.wakeup(now_ns)
        self._send()

    def drain(self) -> None:
        """See `Door`."""
        self._draining = True
        if self._server is not None:
            self._server.drain(self._clock())
        self._send()

    def close(self) -> None:
        """See `Door`."""
        if self._survey is not None:
            self._survey.close()
        if self._server is not None and self._listener.fileno() >= 0:
            self._server.close(self._clock())
            self._send()
        for pair in list(self._pairs.values()):
            pair.leave()
        self._pairs.clear()
        self._ground.forget(self._listener)

    # the socket

    def _ready(self, events: int, now: int) -> None:
        for _ in range(READ_AT_ONCE if events & _READ else 0):
            try:
                datagram, address = self._listener.recvfrom(LARGEST)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                continue  # an earlier answer found nobody: that connection's idle time will tell
            self._receive(datagram, Endpoint(address[0], address[1]))
        self._send()

    def _receive(self, datagram: bytes, peer: Endpoint) -> None:
        if self._server is None:
            self._wait_for_survey(datagram, peer)
            return
        self._server.receive(datagram, peer, self._clock())
        self._write_down(peer, Direction.TO_SERVER, datagram)

    def _send(self) -> None:
        """All that can be sent; the rest waits for the socket, and nothing more is asked for before."""
        if self._listener.fileno() < 0:
            return
        if self._server is not None and not self._unsent:
            self._unsent.extend(self._server.outgoing(self._clock()))
        while self._unsent:
            datagram, peer = self._unsent[0]
            try:
                self._listener.sendto(datagram, (peer.host, peer.port))
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                pass  # nobody can be reached there: for QUIC the datagram is lost
            self._write_down(peer, Direction.TO_CLIENT, datagram)
            self._unsent.popleft()
        self._ground.wait_for(self._listener, _READ | _WRITE if self._unsent else _READ, self._on_ready)

    def _write_down(self, peer: Endpoint, direction: Direction, datagram: bytes) -> None:
        """The secrets that came of it first."""
        if self._secrets:
            self._ground.file.secrets("".join(f"{line}\n" for line in self._secrets).encode("ascii", "replace"))
            self._secrets.clear()
        seen = Endpoint(peer.host.partition("%")[0], peer.port)
        self._ground.file.datagram(seen, self._target, direction, datagram)

    # what the target speaks

    def _wait_for_survey(self, datagram: bytes, peer: Endpoint) -> None:
        now_ns = self._clock()
        if len(self._early) < MOST_WAITING:
            self._early.append((datagram, peer))
        else:
            self.dropped += 1
        if self._survey is not None or now_ns < self._ask_again_ns:
            return
        self._ask_again_ns = now_ns + AGAIN_NS
        try:
            self._survey = Survey(
                self._ground,
                self._target,
                self._plan.applications,
                lambda alpn: self._plan.dial(alpn, ""),
                self._clock,
                self._surveyed,
            )
        except OSError as error:
            self._give_up(error.strerror or str(error))

    def _surveyed(self, applications: tuple[str, ...], why: str) -> None:
        self._survey = None
        if not applications:
            self._give_up(why)
            return
        self._server = self._plan.serve(
            ServerSetup(
                applications=applications,
                accept=self._accept,
                over=self._over,
                failed=self._failed,
                refused=self._failed,
                crashed=lambda peer, _: self._failed(peer, "it was cut off by an error of the tap"),
                credentials=self._plan.credentials,
                idle_ns=IDLE_NS,
                connections=self._ground.limits.connections,
                settings=self._plan.settings,
                keylog=self._secrets.append,
            )
        )
        early, self._early = self._early, []
        for datagram, peer in early:
            self._receive(datagram, peer)
        self._send()

    def _give_up(self, why: str) -> None:
        """Clients so far get no answer; those that go on asking make us ask again."""
        early, self._early = self._early, []
        self.dropped += len(early)
        self.refused += len({peer for _, peer in early})
        for peer in {peer for _, peer in early}:
            self._ground.tell(Trouble(peer, str(self._asked), why))

    # what the carrier says

    def _accept(self, peer: Endpoint, session: CarrierSession) -> ServerConnection | None:
        if self._draining:
            return None
        pair = QuicPair(lambda why: self._refuse(peer, why))
        try:
            client = self._plan.dial(session.alpn, session.server_name)
            pair.link = UpstreamLink(self._ground, self._target, client, self._clock, lambda: self._changed(pair))
        except OSError as error:
            self._refuse(peer, error.strerror or str(error))
            return None
        self.accepted += 1
        self.opened += 1
        self._pairs[id(pair)] = pair
        return pair

    def _refuse(self, peer: Endpoint, why: str) -> None:
        self.refused += 1
        self._ground.tell(Trouble(peer, str(self._asked), f"QUIC with the target: {why}"))

    def _failed(self, peer: Endpoint, why: str) -> None:
        self._ground.tell(Trouble(peer, str(self._asked), f"QUIC with the client: {why}"))

    def _changed(self, pair: QuicPair) -> None:
        """The target said something, or takes more."""
        pair.go_on()
        if self._server is not None:
            self._server.wake(pair, self._clock())
            self._send()

    def _over(self, connection: ServerConnection, reason: str) -> None:
        pair = self._pairs.pop(id(connection), None)
        if pair is not None:
            pair.leave()

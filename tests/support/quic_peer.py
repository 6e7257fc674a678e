"""A peer that talks to our QUIC server in this process: no sockets, and waiting takes no time."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from support.certificates import certified_pems
from workbench.api import Credentials, Endpoint, ServerOptions, ServerSetup
from workbench_quic.carrier.server import QuicServer
from workbench_quic.hq import PROTOCOL_HQ

SECOND = 1_000_000_000
PATIENCE_S = 2.0
SERVER = Endpoint("127.0.0.1", 4433)


class QuicWorld:
    """A server, its clients' letter boxes and the time."""

    def __init__(
        self, settings: Mapping[str, str] = MappingProxyType({}), make: Callable[[ServerSetup], QuicServer] = QuicServer
    ):
        service = PROTOCOL_HQ.server(ServerOptions())
        chain, key = certified_pems()
        setup = ServerSetup(
            applications=PROTOCOL_HQ.alpn,
            accept=lambda *_: service(),
            over=lambda *_: None,
            credentials=lambda _: Credentials(chain, key),
            idle_ns=30 * SECOND,
            settings=settings,
        )
        self.server = make(setup)
        self.now_ns = 0
        self.boxes: dict[Endpoint, list[bytes]] = {}

    def deliver(self) -> None:
        for datagram, peer in self.server.outgoing(self.now_ns):
            self.boxes.setdefault(peer, []).append(datagram)

    def pass_until(self, deadline_ns: int, satisfied: Callable[[], bool]) -> None:
        """Let time pass until the condition holds or the deadline has come."""
        self.deliver()
        while not satisfied() and self.now_ns < deadline_ns:
            due = self.server.due_ns()
            self.now_ns = deadline_ns if due is None else max(self.now_ns + 1, min(due, deadline_ns))
            self.server.wakeup(self.now_ns)
            self.deliver()


class QuicPeer:
    """See `workbench.api.Peer`. `change` may alter or drop (None) what the server sends."""

    tls = False
    ended = reset = False

    def __init__(
        self,
        world: QuicWorld,
        options: Mapping[str, str] = MappingProxyType({}),
        change: Callable[[bytes], bytes | None] = lambda datagram: datagram,
    ):
        self.world, self.options = world, options
        self.change = change
        self.address = Endpoint("127.0.0.1", 50_000 + len(world.boxes))
        self.host, self.port = "localhost", SERVER.port
        world.boxes[self.address] = []

    def send(self, data: bytes) -> None:
        self.world.server.receive(data, self.address, self.world.now_ns)

    def finish(self) -> None:
        """Nothing, over UDP."""

    def receive(self, enough: Callable[[bytes], bool] | None = None, patience_s: float | None = None) -> bytes:
        return b"".join(self.receive_datagrams(patience_s=patience_s))

    def receive_datagrams(
        self, enough: Callable[[list[bytes]], bool] | None = None, patience_s: float | None = None
    ) -> list[bytes]:
        wait = PATIENCE_S if patience_s is None else patience_s
        box = self.world.boxes[self.address]
        self.world.pass_until(self.world.now_ns + int(wait * SECOND), lambda: bool(box))
        found = [changed for datagram in box if (changed := self.change(datagram)) is not None]
        box.clear()
        return found

    def again(self) -> "QuicPeer":
        return QuicPeer(self.world, self.options, self.change)

"""All QUIC connections behind one UDP socket: which datagram is whose, and what strangers are told."""

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import QuicErrorCode
from aioquic.tls import SessionTicket

from workbench.api import CarrierSession, Endpoint, ServerConnection, ServerSetup
from workbench_quic.carrier.core import LARGEST_DATAGRAM, WINDOW, Core
from workbench_quic.carrier.headers import CID_LENGTH, Header, read_header
from workbench_quic.carrier.identity import KeyLog, identity_of
from workbench_quic.carrier.served import TICK_NS, Desk, Served
from workbench_quic.carrier.settings import read_settings
from workbench_quic.carrier.stateless import SMALLEST_INITIAL, AddressTokens, Resets, negotiation, refusal
from workbench_quic.carrier.tickets import Tickets

__all__ = ["MOST_HALF_OPEN", "QuicServer"]

MOST_HALF_OPEN = 100
"""Handshakes under way with addresses that nobody has proved; with more of them everybody gets a Retry first (RFC 9000 8.1.2). Each costs
some hundred kilobytes and a signature, and an attacker with invented addresses pays one datagram for it."""

MOST_ANSWERS = 1_024
"""Answers to strangers that wait to be sent. A socket that takes no more must not make us keep what everybody asks; they ask again."""

SHORTEST_INITIAL_CID = 8
"""Bytes of the connection ID that a client invents at least (7.2)."""

_SECOND = 1_000_000_000


class QuicServer:
    """See `CarrierServer`. Raises `UsageError` for settings that cannot be, and where there is no certificate with its key."""

    def __init__(self, setup: ServerSetup) -> None:
        self._setup = setup
        self._settings = read_settings(setup.settings)
        self._default = identity_of(setup.credentials(""))
        self._connections: dict[bytes, Served] = {}
        """By each of its connection IDs."""
        self._all: dict[Served, None] = {}
        self._open: dict[Served, None] = {}
        """Those that are connections still, rather than the silence after one."""
        self._half_open: dict[Served, None] = {}
        self._owners: dict[int, Served] = {}
        """By the identity of the application's side."""
        self._waiting: list[tuple[bytes, Endpoint]] = []
        self._touched: dict[Served, None] = {}
        self._timers: list[tuple[int, int, Served]] = []
        self._numbers = count()
        self._next_tick_ns = 0
        self._tickets = Tickets()
        self._addresses = AddressTokens()
        self._resets = Resets()
        self._draining = False
        self._desk = Desk(
            setup=setup,
            key_update=self._settings.key_update,
            accept=self._accept,
            over=self._over,
            issued=self._issued,
            retired=self._retired,
        )

    @property
    def open(self) -> int:
        """See `CarrierServer`."""
        return len(self._open)

    def receive(self, datagram: bytes, peer: Endpoint, now_ns: int) -> None:
        """See `CarrierServer`."""
        header = read_header(datagram)
        if header is None:
            return
        connection = self._connections.get(header.destination)
        if connection is None:
            connection = self._stranger(datagram, header, peer, now_ns)
        if connection is not None:
            self._run(connection, partial(connection.receive, datagram, peer, now_ns))

    def outgoing(self, now_ns: int) -> list[tuple[bytes, Endpoint]]:
        """See `CarrierServer`."""
        found, self._waiting = self._waiting, []
        while self._touched:
            touched, self._touched = self._touched, {}
            for connection in touched:
                try:
                    found += connection.flush(now_ns)
                except Exception:
                    self._abandon(connection)
                self._look_after(connection)
        return found

    def due_ns(self) -> int | None:
        """See `CarrierServer`."""
        while self._timers and self._timers[0][2].registered_ns != self._timers[0][0]:
            heapq.heappop(self._timers)
        ticks = [self._next_tick_ns] if self._owners else []
        return min([*ticks, *(entry[0] for entry in self._timers[:1])], default=None)

    def wakeup(self, now_ns: int) -> None:
        """See `CarrierServer`."""
        while self._timers and self._timers[0][0] <= now_ns:
            due_ns, _, connection = heapq.heappop(self._timers)
            if connection.registered_ns != due_ns:
                continue
            connection.registered_ns = None
            self._run(connection, partial(connection.wakeup, now_ns))
        if now_ns >= self._next_tick_ns:
            self._next_tick_ns = now_ns + TICK_NS
            for connection in list(self._owners.values()):
                self._tick(connection, now_ns)

    def wake(self, connection: ServerConnection, now_ns: int) -> None:
        """See `CarrierServer`."""
        owner = self._owners.get(id(connection))
        if owner is not None:
            self._run(owner, partial(owner.ask, now_ns))

    def drain(self, now_ns: int) -> None:
        """See `CarrierServer`."""
        self._draining = True
        for connection in list(self._all):
            self._run(connection, partial(connection.drain, now_ns))

    def close(self, now_ns: int) -> None:
        """See `CarrierServer`."""
        self._draining = True
        for connection in list(self._all):
            self._run(connection, connection.close)

    # strangers

    def _stranger(self, datagram: bytes, header: Header, peer: Endpoint, now_ns: int) -> Served | None:
        """A datagram of no connection: a new one, or an answer, or nothing."""
        if header.version is None:
            self._answer(self._resets.reset(datagram, header, now_ns), peer)
        elif len(datagram) >= SMALLEST_INITIAL and header.version not in self._settings.versions:
            # Version Negotiation itself has version 0: two servers would never stop (RFC 9000 6.1)
            if header.version:
                self._answer(negotiation(header, self._settings.versions), peer)
        elif header.initial and len(datagram) >= SMALLEST_INITIAL and len(header.destination) >= SHORTEST_INITIAL_CID:
            return self._newcomer(header, peer, now_ns)
        return None

    def _newcomer(self, header: Header, peer: Endpoint, now_ns: int) -> Served | None:
        """The first Initial of a connection that may be."""
        if self._draining or len(self._open) >= self._setup.connections or len(self._all) >= 2 * self._setup.connections:
            why = "the server shuts down" if self._draining else f"{self._setup.connections} connections are open"
            self._setup.refused(peer, why)
            self._answer(refusal(header, QuicErrorCode.CONNECTION_REFUSED), peer)
            return None
        if not self._settings.retry and len(self._half_open) < MOST_HALF_OPEN:
            return self._begin(header.destination, None, peer, header, now_ns)
        if not header.token:
            self._answer(self._addresses.retry(header, peer, now_ns), peer)
            return None
        original = self._addresses.original(header, peer, now_ns)
        if original is None:
            self._answer(refusal(header, QuicErrorCode.INVALID_TOKEN), peer)
            return None
        return self._begin(original, header.destination, peer, header, now_ns)

    def _begin(self, original: bytes, retried: bytes | None, peer: Endpoint, header: Header, now_ns: int) -> Served:
        core: Core = Core(
            configuration=self._configuration(),
            original_destination_connection_id=original,
            retry_source_connection_id=retried,
            session_ticket_fetcher=lambda ticket: self._resume(core, ticket),
            session_ticket_handler=lambda ticket: self._tickets.keep(ticket, *_terms(core)),
        )
        core.identify = lambda name: identity_of(self._setup.credentials(name))
        core.reset_token = self._resets.token
        core.early = self._settings.early
        core.expect(header.source)
        connection = Served(core, peer, self._desk, now_ns)
        self._all[connection] = self._open[connection] = self._half_open[connection] = None
        self._issued(connection, header.destination)
        self._issued(connection, core.host_cid)
        return connection

    def _configuration(self) -> QuicConfiguration:
        found = QuicConfiguration(
            is_client=False,
            alpn_protocols=list(self._setup.applications),
            connection_id_length=CID_LENGTH,
            idle_timeout=self._setup.idle_ns / _SECOND,
            max_data=WINDOW,
            max_stream_data=WINDOW,
            max_datagram_frame_size=LARGEST_DATAGRAM,
            supported_versions=list(self._settings.versions),
            secrets_log_file=KeyLog(self._setup.keylog),  # type: ignore[arg-type]
        )
        found.certificate, found.certificate_chain, found.private_key = (
            self._default.certificate,
            self._default.chain,
            self._default.key,
        )
        return found

    def _resume(self, core: Core, identity: bytes) -> SessionTicket | None:
        if core.offers_early and not self._settings.early:
            return None  # with a session aioquic takes early data, too
        return self._tickets.take(identity, *_terms(core))

    def _answer(self, datagram: bytes | None, peer: Endpoint) -> None:
        if datagram is not None and len(self._waiting) < MOST_ANSWERS:
            self._waiting.append((datagram, peer))

    # connections

    def _run(self, connection: Served, step: Callable[[], None]) -> None:
        """Let a connection do something; it is over when that raises."""
        try:
            step()
        except Exception:
            self._abandon(connection)
        self._touched[connection] = None

    def _tick(self, connection: Served, now_ns: int) -> None:
        """The same for what happens to everybody four times a second, mostly in vain."""
        try:
            connection.tick(now_ns)
        except Exception:
            self._abandon(connection)
            connection.speaks = True
        if connection.speaks:
            connection.speaks = False
            self._touched[connection] = None

    def _abandon(self, connection: Served) -> None:
        """The exception that is being handled came out of aioquic or of the application's words."""
        self._setup.crashed(connection.peer, connection.application)
        connection.abandon()

    def _look_after(self, connection: Served) -> None:
        """Know when it wants to be called, or forget it."""
        if connection.established:
            self._half_open.pop(connection, None)
        if not connection.open:
            self._open.pop(connection, None)
        if connection.over:
            self._forget(connection)
            return
        due_ns = connection.due_ns()
        registered_ns = connection.registered_ns
        # most timers move away from now with each packet: whoever comes too early is registered anew then
        if due_ns is not None and (registered_ns is None or due_ns < registered_ns):
            connection.registered_ns = due_ns
            heapq.heappush(self._timers, (due_ns, next(self._numbers), connection))

    def _forget(self, connection: Served) -> None:
        del self._all[connection]
        self._half_open.pop(connection, None)
        connection.registered_ns = None
        for identifier in connection.identifiers:
            del self._connections[identifier]

    def _issued(self, connection: Served, identifier: bytes) -> None:
        connection.identifiers[identifier] = None
        self._connections[identifier] = connection

    def _retired(self, connection: Served, identifier: bytes) -> None:
        if connection.identifiers.pop(identifier, identifier) is None:
            del self._connections[identifier]

    def _accept(self, connection: Served, session: CarrierSession) -> ServerConnection | None:
        application = self._setup.accept(connection.peer, session)
        if application is not None:
            self._owners[id(application)] = connection
        return application

    def _over(self, application: ServerConnection, reason: str) -> None:
        del self._owners[id(application)]
        self._setup.over(application, reason)


def _terms(core: Core) -> tuple[str, str, int]:
    """What must be the same when a session is taken up again."""
    return core.alpn, core.server_name, core.number

"""One connection of a server: packets on one side, an application and its frames on the other."""

from collections.abc import Callable
from dataclasses import dataclass

from aioquic.quic import events
from aioquic.quic.packet import QuicErrorCode

from workbench.api import (
    CarriedFrame,
    CarrierSession,
    ConnectionClosed,
    Datagram,
    Endpoint,
    FrameError,
    FrameReader,
    ServerConnection,
    ServerSetup,
)
from workbench_quic.carrier.core import WINDOW, Core
from workbench_quic.carrier.frames import frame_of, say
from workbench_quic.versions import version_name

__all__ = ["ENOUGH", "HANDSHAKE_NS", "LINGER_NS", "MOST_HELD", "MOST_STALLED", "TICK_NS", "Desk", "Served"]

HANDSHAKE_NS = 10_000_000_000
"""A handshake that takes longer is given up: ten times what the slowest honest network needs."""

LINGER_NS = 3_000_000_000
"""What was said before the end may take so long to arrive; then the connection is closed all the same, within what a shutdown may take."""

MOST_HELD = 4 * WINDOW
"""Bytes of frames that wait for an application which takes nothing now: flow control bounds the data in them, but not the heads of a
million crumbs, nor resets and datagrams. Who sends more is closed; datagrams are lost much sooner."""

ENOUGH = 64 * 1024
"""Bytes that wait on a stream whose client takes none: as much as it gets at once when it goes on reading."""

MOST_STALLED = 8
"""Times `ServerSetup.buffered` that may wait on a connection, those of stuck streams included."""

TICK_NS = 250_000_000
"""How often applications are told the time."""

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a connection tells its server."""

    setup: ServerSetup
    key_update: int
    """Packets after which the keys are changed."""
    accept: "Callable[[Served, CarrierSession], ServerConnection | None]"
    over: Callable[[ServerConnection, str], None]
    """See `ServerSetup`, both."""
    issued: "Callable[[Served, bytes], None]"
    """The peer may use a connection ID from now on."""
    retired: "Callable[[Served, bytes], None]"
    """The peer will not use it any more."""


class Served:
    """`over` becomes True when nothing more happens to it. What aioquic or the application raise leaves its methods; the connection is
    to be forgotten then, with `abandon`."""

    def __init__(self, core: Core, peer: Endpoint, desk: Desk, now_ns: int) -> None:
        self.peer = peer
        self.over = False
        self.core = core
        self.identifiers: dict[bytes, None] = {}
        """The connection IDs under which its server finds it."""
        self.registered_ns: int | None = None
        """When its server will look after it at the latest."""
        self._desk = desk
        self.established = False
        """Whether it ever had its application."""
        self._confirmed = self._early = False
        """Whether the client has finished the handshake, and whether the application was told that it has not."""
        self.application: ServerConnection | None = None
        """Its server's side, as long as that is not over."""
        self._parted = False
        self._said = FrameReader()
        self._inbox = bytearray()
        self._began_ns = now_ns
        self.speaks = False
        """Whether the last tick made it say something; for its server to take back."""
        self._alpn: str | None = None
        self._closing: ConnectionClosed | None = None
        self._close_by_ns = 0
        self._last_words: list[tuple[bytes, Endpoint]] = []
        self._unheard = 0
        self._repeating = False
        self._packets = 0

    @property
    def open(self) -> bool:
        """Whether it still is a connection, rather than the silence after one."""
        return not self.over and self.core.ending is None

    # what its server calls

    def receive(self, datagram: bytes, peer: Endpoint, now_ns: int) -> None:
        """A datagram for one of its connection IDs, from wherever."""
        if not self.core.talking:
            self._unheard += 1
            # the CONNECTION_CLOSE again for the 1st, 2nd, 4th, 8th… packet after it: the peer may not have heard it (10.2.1)
            self._repeating = not self._unheard & (self._unheard - 1)
            return
        self.core.receive_datagram(datagram, peer, now=now_ns / _SECOND)
        self._take(now_ns)

    def flush(self, now_ns: int) -> list[tuple[bytes, Endpoint]]:
        """Datagrams to send now."""
        if not self.core.begun:
            self.over = True  # its first packet was none: nothing is kept for that
            return []
        if not self.core.talking:
            again, self._repeating = self._repeating, False
            return self._last_words if again else []
        if self._packets >= self._desk.key_update and self.established and self.core.renew_keys():
            self._packets = 0
            self._desk.setup.tell({"event": "keys", "peer": str(self.peer)})
        found = [(bytes(datagram), to) for datagram, to in self.core.datagrams_to_send(now=now_ns / _SECOND)]
        self._packets += len(found)
        self._register()
        if not self.core.talking:
            self._last_words = found[-1:]
            self._part()
        return found

    def due_ns(self) -> int | None:
        """When `wakeup` wants to be called at the latest."""
        if self.over:
            return None
        at = self.core.get_timer()
        times = [int(at * _SECOND) + 1] if at is not None else []
        if self.open and not self.established:
            times.append(self._began_ns + HANDSHAKE_NS)
        if self.open and self._closing is not None:
            times.append(self._close_by_ns)
        return min(times, default=None)

    def wakeup(self, now_ns: int) -> None:
        """Time passes."""
        at = self.core.get_timer()
        if at is not None and now_ns >= at * _SECOND:
            self.core.handle_timer(now=now_ns / _SECOND)
        if not self.established and self.open and now_ns >= self._began_ns + HANDSHAKE_NS:
            self.core.close(QuicErrorCode.CONNECTION_REFUSED, 0, "the handshake takes too long")
        self._take(now_ns)

    def tick(self, now_ns: int) -> None:
        """Tell the application the time."""
        app = self.application
        if app is not None and self.open:
            said = app.wakeup(now_ns)
            if said or app.closed:  # a thousand silent connections must cost next to nothing
                self._hear(said)
                self._converse(app, now_ns)
                self.speaks = True

    def ask(self, now_ns: int) -> None:
        """The application has more to say."""
        if self.application is not None and self.open:
            self._converse(self.application, now_ns)

    def drain(self, now_ns: int) -> None:
        """The service shuts down."""
        if self.application is None:
            self.core.close(QuicErrorCode.CONNECTION_REFUSED, 0, "the server shuts down")
        elif self.open and not self.application.closed:
            self._hear(self.application.drain())
            self._converse(self.application, now_ns)

    def close(self) -> None:
        """Close it at once, whatever is under way."""
        self.core.close(QuicErrorCode.NO_ERROR, None, "")
        self._end("cut")

    def abandon(self) -> None:
        """Somebody's code raised: tell the peer, forget the rest."""
        self.core.close(QuicErrorCode.INTERNAL_ERROR, 0, "")
        self._end("crash")

    # what happens

    def _take(self, now_ns: int) -> None:
        """What the packets brought."""
        while (event := self.core.next_event()) is not None:
            match event:
                case events.ProtocolNegotiated():
                    self._alpn = event.alpn_protocol
                case events.HandshakeCompleted():
                    self._confirmed = True
                    self._establish(event.session_resumed, early=False)
                    self.core.shrink()
                case events.ConnectionIdIssued():
                    self._desk.issued(self, event.connection_id)
                case events.ConnectionIdRetired():
                    self._desk.retired(self, event.connection_id)
                case events.ConnectionTerminated():
                    self.over = True
                case _:
                    self._hold(frame_of(event))
        self._notice_move()
        ending = self.core.ending
        if ending is None and self.application is not None:
            self._converse(self.application, now_ns)
        # it is over for the application as soon as that is known; what is left is silence
        self._part()

    def _hold(self, frame: CarriedFrame | None) -> None:
        """Something for the application."""
        if frame is None or (isinstance(frame, Datagram) and len(self._inbox) >= WINDOW):
            return
        if not self.established:
            self._establish(resumed=True, early=True)
        self._inbox += bytes(frame)
        if len(self._inbox) > MOST_HELD:
            self.core.close(QuicErrorCode.INTERNAL_ERROR, 0, "more waits than is kept")

    def _establish(self, resumed: bool, early: bool) -> None:
        if self.established or not self.open:
            return
        session = CarrierSession(
            alpn=self._alpn or "",
            server_name=self.core.server_name,
            version=f"QUIC {version_name(self.core.number)}",
            cipher=self.core.cipher,
            resumed=resumed,
            early=early,
        )
        self.established = True
        self.application = self._desk.accept(self, session)
        if self.application is None:
            self.core.close(QuicErrorCode.CONNECTION_REFUSED, 0, "")

    def _notice_move(self) -> None:
        """RFC 9000 9: the peer's address may change; packets go where aioquic has found it last."""
        found = self.core.get_peer_address()
        if found is not None and found != self.peer:
            if self.established:
                self._desk.setup.tell({"event": "moved", "before": str(self.peer), "peer": str(found)})
            self.peer = found

    def _converse(self, app: ServerConnection, now_ns: int) -> None:
        """Give the application what arrived and take what it says, as long as the peer takes it from us."""
        if self._inbox and not app.closed and not getattr(app, "full", False) and self._has_room(app):
            frames = bytes(self._inbox)
            self._inbox.clear()
            self._hear(app.wakeup(now_ns))
            if self._early is self._confirmed:
                self._say_whether_early(app)
            if not app.closed:
                self._hear(app.receive(frames))
        self.core.held = len(self._inbox)
        while not app.closed and self._closing is None and self._has_room(app):
            more = app.pull()
            if not more:
                break
            self._hear(more)
        if app.closed and self._closing is None:
            self._closing = ConnectionClosed(0)
        if self._closing is not None and self.open:
            self._wind_up(self._closing, now_ns)

    def _say_whether_early(self, app: ServerConnection) -> None:
        """What waited until the handshake was done is early no more: whoever finished it is there (RFC 8470 3)."""
        self._early = not self._confirmed
        if hasattr(app, "early"):
            app.early = self._early

    def _has_room(self, app: ServerConnection) -> bool:
        """Whether more may be said. Streams that are stuck do not count, for an application that leaves them alone."""
        room, waits = self._desk.setup.buffered, self.core.unsent
        if not hasattr(app, "stalled"):
            return waits < room
        stalled = self.core.stalled(ENOUGH) if waits > ENOUGH else {}
        app.stalled = stalled.keys()
        return waits - sum(stalled.values()) < room and waits < MOST_STALLED * room

    def _wind_up(self, last: ConnectionClosed, now_ns: int) -> None:
        """Close as soon as everything before has arrived: CONNECTION_CLOSE ends the streams wherever they are (10.2)."""
        self._close_by_ns = self._close_by_ns or now_ns + LINGER_NS
        if not self.core.unfinished or now_ns >= self._close_by_ns:
            self.core.close(last.code, None, last.reason.decode("utf-8", "replace"))

    def _hear(self, frames: bytes) -> None:
        """What the application says. Raises `FrameError` and `ValueError` for what cannot be said."""
        for frame in self._said.receive(frames):
            if self._closing is None:
                say(self.core, frame, self._shut)
        if self._said.waiting:
            raise FrameError("the application says half a frame")

    def _shut(self, frame: ConnectionClosed) -> None:
        self._closing = frame

    # the end

    def _part(self) -> None:
        """The application hears of the end, once."""
        ending = self.core.ending
        if ending is None or self._parted:
            return
        self._parted = True
        if not self.established:
            self._desk.setup.failed(self.peer, ending.reason or f"error {ending.code:#x}")
            return
        if ending.by_peer and ending.frame is None:
            self._inbox += bytes(ConnectionClosed(ending.code, ending.reason.encode()))
        app = self.application
        if app is not None and not app.closed and self._inbox:
            app.receive(bytes(self._inbox))
        if app is not None and not app.closed:
            app.receive(b"")
        if ending.by_peer:
            self._end("peer")
        elif ending.frame is None:
            self._end("server")
        else:
            self._end("idle" if ending.reason == "Idle timeout" else "error")

    def _end(self, reason: str) -> None:
        """Tell that the application's part is over, once."""
        app, self.application = self.application, None
        if app is not None:
            self._inbox.clear()
            self._desk.over(app, reason)

    def _register(self) -> None:
        """Connection IDs that were given to the peer just now."""
        while (event := self.core.next_event()) is not None:
            if isinstance(event, events.ConnectionIdIssued):
                self._desk.issued(self, event.connection_id)

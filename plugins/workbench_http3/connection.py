"""What the streams of a connection share: both peers with their settings and tables, pushes, and what one piece turns out to mean."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Direction, Field, FlowContext, Inner, Note, Severity, View
from workbench_http.bodies import Purse
from workbench_http3.limits import MAX_BLOCKED, MAX_CONNECTIONS, MAX_OUTSTANDING, MAX_PUSHES, MAX_STREAMS
from workbench_http3.names import Setting
from workbench_http3.qpack import Section
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.section_fields import section_fields
from workbench_http3.streams import CLIENT, Role, Stream, new_stream

__all__ = ["Connection", "Outcome", "Peer", "Promise", "connection_of"]


@dataclass(slots=True)
class Promise:
    """A push: the request that was promised and how, and whether its stream came (RFC 9114 4.6)."""

    section: tuple[tuple[bytes, bytes], ...] | None = None
    method: bytes = b""
    arrived: bool = False
    cancelled: bool = False


@dataclass(slots=True)
class Peer:
    """One side as a sender.

    `table` is what its encoder stream fills and its field sections use; `settings` what it announced, None before it did. `critical` are
    the streams of the roles of which it may have one only, by number.
    """

    table: DynamicTable = field(default_factory=DynamicTable)
    settings: dict[int, int] | None = None
    critical: dict[Role, int] = field(default_factory=dict)
    goaway: int | None = None
    max_push: int | None = None
    acknowledged: int = 0
    """The Known Received Count: inserts that the other side is known to have (RFC 9204 2.1.4)."""
    outstanding: dict[int, deque[int]] = field(default_factory=dict)
    """Required insert counts of its field sections that were not acknowledged, by stream; `sections` of them altogether."""
    sections: int = 0
    risky: dict[int, int] = field(default_factory=dict)
    """Streams that might be blocked, as far as it can know, with the inserts they need (RFC 9204 2.1.2)."""
    waiting: dict[str, int] = field(default_factory=dict)
    """Conversations whose field sections wait for so many inserts."""
    crowded: bool = False
    """It was said that it blocks more streams than it may."""

    def setting(self, setting: Setting, default: int = 0) -> int:
        """The value it announced, or the default."""
        return default if self.settings is None else self.settings.get(setting, default)

    def wait(self, channel: str, inserts: int) -> bool:
        """A conversation waits until so many inserts came; False where too many wait already."""
        if channel not in self.waiting and len(self.waiting) >= MAX_BLOCKED:
            return False
        self.waiting[channel] = inserts
        return True

    def awake(self) -> list[str]:
        """Conversations that need not wait any more."""
        if not self.waiting:
            return []
        table = self.table
        found = [channel for channel, inserts in self.waiting.items() if inserts <= table.inserted or table.doubtful]
        for channel in found:
            del self.waiting[channel]
        return found

    def sent_section(self, stream: int, inserts: int) -> None:
        """A field section that needs so many inserts will be acknowledged."""
        self.outstanding.setdefault(stream, deque()).append(inserts)
        self.sections += 1
        while self.sections > MAX_OUTSTANDING:
            self.cancelled(next(iter(self.outstanding)))
        if inserts > self.acknowledged and (len(self.risky) < MAX_BLOCKED or stream in self.risky):
            self.risky[stream] = max(inserts, self.risky.get(stream, 0))

    def section_acknowledged(self, stream: int) -> bool:
        """The other side has decoded the oldest section of a stream; False where none is known (RFC 9204 4.4.1)."""
        sections = self.outstanding.get(stream)
        if not sections:
            return False
        inserts = sections.popleft()
        self.sections -= 1
        if not sections:
            del self.outstanding[stream]
        self.received(inserts)
        return True

    def cancelled(self, stream: int) -> None:
        """Nobody will acknowledge the sections of a stream (RFC 9204 4.4.2)."""
        self.sections -= len(self.outstanding.pop(stream, ()))
        self.risky.pop(stream, None)

    def received(self, inserts: int) -> None:
        """The other side is known to have so many inserts."""
        if inserts > self.acknowledged:
            self.acknowledged = inserts
            for stream in [stream for stream, needed in self.risky.items() if needed <= inserts]:
                del self.risky[stream]


@dataclass(slots=True)
class Outcome:
    """What a piece means: fields, views behind the wire's, remarks, and what follows for others."""

    fields: list[Field] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    name: str = ""
    """What the piece is called: a type of frames, an instruction."""
    symbol: str = ""
    """The same as the state table knows it."""
    detail: str = ""
    exchange: int | None = None
    inner: list[Inner] = field(default_factory=list)
    wakes: list[str] = field(default_factory=list)
    value: dict[str, Any] | None = None
    valued: bool = True
    """Whether anybody wants the value."""

    def show(self, section: Section, start: int, end: int) -> None:
        """A field section that lies at `[start, end)` of the piece."""
        self.fields += section_fields(section, start, end)

    def note(self, severity: Severity, text: str, section: str, start: int, end: int) -> None:
        """A remark about bytes of the piece."""
        self.notes.append(Note(severity, text, start, end, section))

    def error(self, text: str, section: str, start: int, end: int) -> None:
        """A rule was broken."""
        self.notes.append(Note(Severity.ERROR, text, start, end, section))

    def view(self, name: str, data: bytes) -> int:
        """Add a view; gives its number."""
        self.views.append(View(name, data))
        return len(self.views)


class Connection:
    """`peers` are indexed by the direction in which they send."""

    def __init__(self) -> None:
        self.peers = (Peer(), Peer())
        self.purse = Purse()
        self.promises: dict[int, Promise] = {}
        self.streams: OrderedDict[int, Stream] = OrderedDict()
        """Streams that are read now, to be found again where the connection moves."""
        self.doubtful = False
        """Bytes of some stream were not seen."""
        self.suspicion = Severity.WARN
        """How sure it is that what one stream says fits to no other: packets of the other may be missing in the capture."""

    def take(self, number: int, keep: int) -> Stream:
        """The stream of that number; where it was read elsewhere until now, what goes on of it here."""
        known = self.streams.pop(number, None)
        found = self.streams[number] = new_stream(number, keep) if known is None else known.go_on()
        if len(self.streams) > MAX_STREAMS:
            self.streams.popitem(last=False)
        return found

    def promise(self, push_id: int) -> Promise:
        """What is known about a push."""
        found = self.promises.get(push_id)
        if found is None:
            if len(self.promises) >= MAX_PUSHES:
                del self.promises[next(iter(self.promises))]
            found = self.promises[push_id] = Promise()
        return found

    def announce(self, who: Direction, settings: dict[int, int]) -> None:
        """The settings of a side: its table capacity is what the other side's encoder may use."""
        self.peers[who].settings = settings
        self.peers[who.opposite].table.maximum = settings.get(Setting.QPACK_MAX_TABLE_CAPACITY, 0)

    def may_push(self, push_id: int) -> bool:
        """Whether the client allowed that number (RFC 9114 7.2.7); it did where nobody saw what it allowed."""
        most = self.peers[CLIENT].max_push
        control_seen = Role.CONTROL in self.peers[CLIENT].critical
        return (most is not None and push_id <= most) or (most is None and not control_seen) or self.doubtful

    def lose(self, who: Direction, role: Role) -> None:
        """Bytes of a stream were not seen."""
        self.doubtful = True
        if role in (Role.ENCODER, Role.UNKNOWN):
            self.peers[who].table.forget()


def connection_of(context: FlowContext) -> Connection:
    """The connection that a conversation is a stream of.

    QUIC says which one of the capture (`facts["connection"]`), since one may go on in another flow; without that all streams of a flow are
    those of one connection.
    """
    number = context.facts.get("connection")
    known = context.siblings if number is None else context.capture
    connections: OrderedDict[Any, Connection] = known.setdefault("connections", OrderedDict())
    found = connections.get(number)
    if found is None:
        found = connections[number] = Connection()
        if len(connections) > MAX_CONNECTIONS:
            connections.popitem(last=False)
    else:
        connections.move_to_end(number)
    return found

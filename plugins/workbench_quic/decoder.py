"""The QUIC decoder: one message per packet, decrypted where a key is known, and what is inside handed on.

CRYPTO data go on to the TLS plugin, one conversation for each level; streams and datagrams go on to the protocol that ALPN names. `facts`
of all of them are "alpn", "sni", "version" ("QUIC v1"), "connection" (its number in the capture); CRYPTO's also have "level", streams'
"stream_id" and "offset" (where in the stream it begins: a connection that moved goes on in the middle), datagrams' "datagrams".

Packets that cannot be opened are never kept: secrets that become known later open the packets that come later.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from workbench.api import Chunk, Direction, FlowContext, Inner, Message, Note, Severity, SkimmedDatagram, SkimmedMessage
from workbench_quic.connection import CLIENT, SERVER, Connection, Next
from workbench_quic.connections import Route, Routes, connections_of
from workbench_quic.frames import read_frames
from workbench_quic.glances import glance
from workbench_quic.headers import LONG, LongHeader, read_long
from workbench_quic.inside import Inside
from workbench_quic.levels import Level
from workbench_quic.limits import LONGEST_DATAGRAM, SHORTEST_RESET, SHORTEST_SHORT
from workbench_quic.measures import REPEATED, Facts
from workbench_quic.observed import APPLICATION, Observed
from workbench_quic.opening import begins
from workbench_quic.packets import Draft, long_message, padding_message, reset_message, short_message, undecoded_message
from workbench_quic.protection import TAG, retry_tag
from workbench_quic.segments import MOST_VAIN, segment_ends
from workbench_quic.skim import RESERVED, short_text, usual_text
from workbench_quic.skim_frames import peek
from workbench_quic.skim_usual import Usual, read_usual
from workbench_quic.version_rules import negotiation_notes
from workbench_quic.versions import NEGOTIATION, Kind

__all__ = ["QuicDecoder"]

_SPIN = 0x20
"""RFC 9000 17.3.1."""
_Heeded = tuple[list[Inner], Facts, list[Note]]
"""What the frames of a packet lead to: conversations inside, what they tell about the way, remarks."""
_LEVELS = {Kind.INITIAL: Level.INITIAL, Kind.EARLY: Level.EARLY, Kind.HANDSHAKE: Level.HANDSHAKE}


class QuicDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._secrets = context.secrets
        self._connections = connections_of(context.capture)
        self._routes = Routes(), Routes()
        """Where packets of each direction of the flow belong."""
        self._inside = Inside(context.stream)

    def receive(self, chunk: Chunk) -> Iterable[Message | Inner]:
        """Take one datagram; see `Decoder`."""
        data, size = chunk.data, len(chunk.data)
        if data and not data[0] & LONG and not chunk.gap and size <= LONGEST_DATAGRAM:
            # the short way for almost all packets
            draft = Draft(chunk.direction, chunk.offset, data, size, chunk.time_ns)
            found = self._short(draft, None)
            return found if len(draft.raw) == size else chain(found, self._packets(chunk, len(draft.raw)))
        return self._datagram(chunk)

    def skim(self, chunk: Chunk) -> Sequence[SkimmedMessage | Inner] | None:
        """The same as text, for a datagram that is one ordinary 1-RTT packet; see `ChunkSkimmer`."""
        way, data, size = chunk.direction, chunk.data, len(chunk.data)
        if chunk.gap or not data or data[0] & LONG or size > LONGEST_DATAGRAM:
            return None
        route = next(self._routes[way].at(data, 1), None)
        if route is None or route.connection.forgotten or not route.connection.reads(route.role):
            return None
        opened = route.connection.open_short(route.role, data, 1 + len(route.cid))
        if opened is None:
            return None
        (first, _, sent), number, payload, _ = opened
        said = self._say(route, (first, sent, number, payload), way, size, chunk.time_ns)
        return None if said is None else [SkimmedMessage(chunk.offset + size, said[0]), *said[1]]

    def skim_datagram(self, way: Direction, data: bytes, time_ns: int) -> SkimmedDatagram | None:
        """The same for the next packet of a sender; see `DatagramTaker`."""
        route = None if data[0] & LONG else self._routes[way].only(data)
        if route is None or route.connection.forgotten:
            return None
        connection, role, cid = route
        opened = connection.open_next(role, data, 1 + len(cid))
        size = len(data)
        if opened is None or size > LONGEST_DATAGRAM:
            return None
        seen = read_usual(opened[3])
        said = None if seen is None else self._go_on(route, opened, seen, way, size, time_ns)
        return said or self._say(route, opened, way, size, time_ns)

    def _go_on(self, route: Route, opened: Next, seen: Usual, way: Direction, size: int, time_ns: int) -> SkimmedDatagram | None:
        """A packet of a transfer that goes on; None, and nothing done, where there is more to it."""
        connection, role, cid = route
        # where bytes wait behind holes, more of them may become readable
        if connection.counted or not self._inside.heard(connection):
            return None
        first, _, number, _ = opened
        acked, delay, ranges, stream, offset, content, words, fields = seen
        bytes_of = known = None
        if stream >= 0:
            streams = connection.streams[role]
            bytes_of = streams.following(stream, offset)
            if bytes_of is None:
                return None
        if not connection.rules.usual(role, number, acked, stream, offset + len(content)):
            return None
        self._connections.heard(connection)
        acks = ((acked, delay, ranges),) if acked >= 0 else ()
        spin = first & _SPIN > 0
        facts = connection.measures.heed(role, APPLICATION, number, time_ns, size, acks, stream >= 0, spin)
        if bytes_of is not None:
            streams.append(stream, bytes_of, content)
            known = self._inside.conversation(connection, way, role, stream, bytes_of)
        return usual_text(way, connection.number, cid, first, number, stream >= 0, words, fields, facts), known, content

    def _say(self, route: Route, opened: Next, way: Direction, size: int, time_ns: int) -> tuple[str, list[Inner], bytes] | None:
        """An ordinary packet; None, and nothing done, where it is not."""
        connection, role, cid = route
        first, sent, number, payload = opened
        seen = None if first & RESERVED else peek(payload)
        if seen is None:
            return None
        self._connections.heard(connection)
        at = 1 + len(cid) + sent
        packet = Observed(role, Level.ONE_RTT, number, seen.items, time_ns, size, size, at, cid, first & _SPIN > 0)
        inners, analysis, notes = self._heed(connection, way, packet)
        return short_text(way, connection.number, cid, first, number, seen, analysis, notes), inners, b""

    def _datagram(self, chunk: Chunk) -> Iterator[Message | Inner]:
        way, data, size = chunk.direction, chunk.data, len(chunk.data)
        if chunk.gap:
            note = Note(Severity.WARN, f"{chunk.gap} bytes were cut off when they were captured")
            yield undecoded_message(way, chunk.offset - chunk.gap, b"", note, lost=chunk.gap)
        if size > LONGEST_DATAGRAM:
            note = Note(Severity.ERROR, f"{size} bytes are more than a datagram may have", 0, size, "RFC 768")
            yield undecoded_message(way, chunk.offset, data, note)
        else:
            yield from self._packets(chunk, 0)

    def _packets(self, chunk: Chunk, at: int) -> Iterator[Message | Inner]:
        """The packets of a datagram from `at` on (RFC 9000 12.2), where another datagram may begin: see `segments`."""
        way, data, size = chunk.direction, chunk.data, len(chunk.data)
        begin, first, before = at, b"", at
        """Where the first packet of the datagram is, what it is sent to, and how long the datagram before it was."""
        while at < size:
            start, rest = chunk.offset + at, data[at:] if at else data
            if data[at] & LONG:
                header = read_long(rest)
                if header is None or (at > begin and (header.dcid != first or header.version is None)):
                    break
                raw = rest if header.end == len(rest) else rest[: header.end]
                yield from self._long(Draft(way, start, raw, _datagram_size(rest, header, size - begin), chunk.time_ns), header)
                at += len(raw)
                first = header.dcid
            elif at > begin and not rest.startswith(first, 1):
                break
            else:
                draft = Draft(way, start, rest, size - begin, chunk.time_ns)
                yield from self._short(draft, first if at > begin else None, before)
                before = draft.datagram
                begin = at = at + len(draft.raw)
        if at < size:
            yield self._junk(way, chunk.offset + at, data[at:], behind=at > begin)

    def finish(self, direction: Direction) -> Iterator[Message | Inner]:
        """No more datagrams in this direction; see `Decoder`."""
        yield from self._inside.finish(direction)

    def _junk(self, way: Direction, start: int, raw: bytes, *, behind: bool) -> Message:
        if behind:
            return padding_message(Draft(way, start, raw))
        note = Note(Severity.WARN, "no packet of QUIC begins here", 0, len(raw), "RFC 8999 5.1")
        return undecoded_message(way, start, raw, note)

    def _long(self, draft: Draft, header: LongHeader) -> Iterator[Message | Inner]:
        """A packet with a long header, and what is in it."""
        way, kind = draft.direction, header.kind
        route = self._route(draft, header)
        if kind is Kind.RETRY or kind is Kind.NEGOTIATION:
            if route is not None:
                draft.connection = route.connection.number
                self._begins_again(draft, header, route.connection)
            yield long_message(draft, header)
            return
        if kind is Kind.UNKNOWN or not header.number_at:
            yield long_message(draft, header)
            return
        if route is None:
            route = self._begin(draft, header)
        connection, role = route.connection, route.role
        draft.connection = connection.number
        self._connections.heard(connection)
        self._open_long(draft, header, route)
        if draft.opened is None and connection.tried and header.whole:
            draft.note(Severity.WARN, "the packet does not authenticate with the keys that are known", "RFC 9001 5.2")
        else:
            self._learn(way, connection, role, header.scid)
            self._learn(way.opposite, connection, role.opposite, header.dcid)
            connection.rules.began(role, header.scid)
        inners = self._take(draft, route, _LEVELS[kind], header.number_at)
        yield long_message(draft, header)
        yield from inners

    def _open_long(self, draft: Draft, header: LongHeader, route: Route) -> None:
        connection, role, level = route.connection, route.role, _LEVELS[header.kind]
        if header.version is None or not header.whole:
            return
        opened = connection.open(role, level, header.version, draft.raw, header.number_at)
        if opened is None and level is Level.INITIAL and role is CLIENT and header.dcid not in connection.bases:
            # a Retry that was not seen, or a new attempt after Version Negotiation
            bases = connection.bases
            connection.based_on(header.dcid)
            opened = connection.open(role, level, header.version, draft.raw, header.number_at)
            if opened is None:
                connection.bases = bases
        draft.opened = opened
        if opened is not None:
            connection.speaks(role, header.version)
            if opened.protection.version is not header.version:
                text = f"protected as in {opened.protection.version.name}, while the header says {header.version.name}"
                draft.note(Severity.WARN, text, "RFC 9369 4.1")

    def _take(self, draft: Draft, route: Route, level: Level, number_at: int) -> list[Inner]:
        """What the frames of a packet lead to, if it was opened: remarks, connection IDs, and conversations inside."""
        connection, role, opened = route.connection, route.role, draft.opened
        if opened is None:
            connection.rules.missed(role)
            return []
        at = number_at + opened.found.size
        if level is Level.ONE_RTT:
            draft.glance = glance(opened.payload)
        if draft.glance is not None:
            items = draft.glance.items
        else:
            draft.frames = frames = read_frames(opened.payload, level, 1, at=at, codes=connection.rules.codes)
            draft.notes += frames.notes
            items = frames.heeded
        spin = opened.found.first & _SPIN > 0 if level is Level.ONE_RTT else None
        seen = Observed(role, level, opened.number, items, draft.time_ns, len(draft.raw), draft.datagram, at, route.cid, spin)
        inners, draft.analysis, notes = self._heed(connection, draft.direction, seen)
        draft.notes += notes
        return inners

    def _heed(self, connection: Connection, way: Direction, seen: Observed) -> _Heeded:
        """What the frames of a packet that came in direction `way` lead to."""
        role = seen.role
        found = self._inside.take(connection, way, seen)
        if found.waits or connection.counted:
            self._connections.weigh(connection)
        analysis = connection.measures.see(seen)
        if found.repeated:
            analysis[REPEATED] = found.repeated
        notes = connection.rules.see(seen)
        notes += found.notes
        for cid, token in found.announced:
            if cid:
                self._routes[way.opposite].learn(self._connections.issue(connection, role, cid, token))
            else:
                self._connections.remember_token(connection, token)
        return found.inners, analysis, notes

    def _begin(self, draft: Draft, header: LongHeader) -> Route:
        """The first packet of a connection, or the first one that was captured."""
        way = draft.direction
        connection = self._connections.begin(self._secrets, header.dcid, header.version)
        role = way
        if header.kind is Kind.INITIAL and header.whole:
            # a flow's direction is guessed by its ports; that the client's keys fit is proof
            opened = connection.open(CLIENT, Level.INITIAL, header.version, draft.raw, header.number_at)
            role = CLIENT if opened is not None else way
        return self._learn(way.opposite, connection, role.opposite, header.dcid)

    def _learn(self, way: Direction, connection: Connection, role: Direction, cid: bytes) -> Route:
        """A role, which sends in direction `way`, is reached by this connection ID."""
        route = self._routes[way.opposite].find(cid)
        if route is None or route.connection is not connection:
            route = self._connections.issue(connection, role, cid)
            self._routes[way.opposite].learn(route)
        return route

    def _route(self, draft: Draft, header: LongHeader) -> Route | None:
        """The connection of a packet with a long header, if it is known."""
        way = draft.direction
        there, back = self._routes[way], self._routes[way.opposite]
        route = there.find(header.dcid) if header.dcid else None
        if route is None and header.dcid:
            route = self._moved(way, self._connections.find(header.dcid))
        if route is None:
            answer = back.find(header.scid)
            # an Initial packet without a source ID may just as well begin another connection
            if answer is not None and (header.scid or not begins(header, draft.raw)):
                route = Route(answer.connection, answer.role.opposite, header.dcid)
        if route is None and not header.dcid:
            route = there.find(b"")
        return route if route is not None and not route.connection.forgotten else None

    def _moved(self, way: Direction, route: Route | None) -> Route | None:
        """A connection that began in another flow goes on in this one (RFC 9000 9)."""
        if route is not None:
            connection, role = route.connection, route.role
            for other in self._connections.routes_to(connection, role):
                self._routes[way.opposite].learn(other)
            for other in self._connections.routes_to(connection, role.opposite):
                self._routes[way].learn(other)
        return route

    def _begins_again(self, draft: Draft, header: LongHeader, connection: Connection) -> None:
        """Version Negotiation or Retry: the client starts once more (RFC 9000 6.2, 17.2.5.2)."""
        if header.kind is Kind.NEGOTIATION:
            attempted = connection.version.number if connection.version is not None else NEGOTIATION
            notes = list(negotiation_notes(header.offered, attempted, len(draft.raw), answered=connection.answered))
            draft.notes += notes
            if all(note.severity < Severity.WARN for note in notes):  # else the client ignores it
                connection.begin_again()
            return
        if header.version is None or not header.whole:
            return
        tag = retry_tag(header.version, draft.raw[:-TAG], connection.original)
        if tag is not None and tag != header.tag:
            draft.note(
                Severity.ERROR, "the integrity tag does not fit the connection ID that the client had sent to", "RFC 9001 5.8"
            )
            return
        draft.original = connection.original
        connection.retried(header.scid)
        self._learn(draft.direction, connection, SERVER, header.scid)

    def _short(self, draft: Draft, known: bytes | None, before: int = 0) -> list[Message | Inner]:
        """A packet with a short header, and what is in it. `known` is the connection ID of the packets before it in the datagram, `before`
        the size of a datagram that was captured together with this one."""
        way, raw = draft.direction, draft.raw
        route = self._open_short(draft, before)
        if draft.opened is None:
            reset = self._connections.reset_by(raw) if len(raw) >= SHORTEST_RESET else None
            if reset is not None:
                draft.connection = reset.number
                return [reset_message(draft)]
        if route is None:
            if len(raw) < SHORTEST_SHORT:
                return [self._junk(way, draft.start, raw, behind=False)]
            return [short_message(draft, known or b"")]
        connection = route.connection
        draft.connection = connection.number
        self._connections.heard(connection)
        if draft.opened is None and connection.tried:
            draft.note(Severity.WARN, "the packet does not authenticate with the keys that are known", "RFC 9001 5.3")
        cid = route.cid
        inners = self._take(draft, route, Level.ONE_RTT, 1 + len(cid))
        return [short_message(draft, cid), *inners]

    def _open_short(self, draft: Draft, before: int) -> Route | None:
        """Where a packet belongs; opens it if it can be."""
        way, raw = draft.direction, draft.raw
        first: Route | None = None
        for route in self._routes[way].at(raw, 1):
            connection = route.connection
            if not connection.forgotten:
                first = first or route
                draft.opened = connection.open_short(route.role, raw, 1 + len(route.cid))
                if draft.opened is not None:
                    return route
        if first is None:
            first = self._moved(way, self._connections.find_at(raw, 1))
            if first is not None:
                draft.opened = first.connection.open_short(first.role, raw, 1 + len(first.cid))
        if first is not None and draft.opened is None and first.connection.tried:
            self._cut(draft, first, before)
        return first or self._guess(draft)

    def _cut(self, draft: Draft, route: Route, before: int) -> None:
        """Keys are known and do not fit: perhaps the packet ends sooner."""
        connection = route.connection
        if connection.vain >= MOST_VAIN:
            return
        connection.vain += 1
        for end in segment_ends(draft.raw, route.cid, before):
            raw = draft.raw[:end]
            draft.opened = connection.open_short(route.role, raw, 1 + len(route.cid))
            if draft.opened is not None:
                draft.raw, draft.datagram = raw, draft.datagram - len(draft.raw) + end
                connection.vain = 0
                return

    def _guess(self, draft: Draft) -> Route | None:
        """An ID that nobody saw, of the flow's newest connection, if that one's keys fit, and its IDs are all of one length."""
        way, raw = draft.direction, draft.raw
        newest = self._routes[way].newest
        if newest is None or newest.connection.forgotten:
            return None
        cid = raw[1 : 1 + len(newest.cid)]
        draft.opened = newest.connection.open_short(newest.role, raw, 1 + len(cid))
        return None if draft.opened is None else self._learn(way.opposite, newest.connection, newest.role.opposite, cid)


def _datagram_size(data: bytes, header: LongHeader, size: int) -> int:
    """Bytes of the datagram with this packet; more than can be where the capture has cut it off inside the next packet."""
    following = read_long(data, header.end) if header.end < len(data) and data[header.end] & LONG else None
    return size if following is None or following.whole else LONGEST_DATAGRAM

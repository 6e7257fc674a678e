"""What the sides of a connection must and must not do, seen from what passes between them: remarks about one packet at a time.

Rules that a single frame can break are in `frame_rules` and `frames`; those about streams, connection IDs and floods in files of their own.
A capture may lack packets. Where a remark depends on that, it is an error only if nothing seems to be missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from workbench.api import Direction, Note, Severity
from workbench_quic.abuse import Watch
from workbench_quic.acks import PacketNumbers
from workbench_quic.frame_items import Ack, Close, Item
from workbench_quic.frame_types import Type, is_eliciting
from workbench_quic.id_rules import DEFAULT_ACTIVE, IdRules, PathRules
from workbench_quic.levels import Level
from workbench_quic.names import NO_CODES, Codes, error_name
from workbench_quic.observed import APPLICATION, SPACES, Observed
from workbench_quic.ordered import Added
from workbench_quic.stream_rules import Breach, Parameter, StreamRules

__all__ = ["SMALLEST_INITIAL", "Rules", "added_notes"]

SMALLEST_INITIAL = 1200
"""Bytes of a datagram with an Initial packet that asks for an acknowledgement (RFC 9000 14.1)."""

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT


class Rules:
    """One connection. `see` each of its packets, in the order of the capture."""

    def __init__(self) -> None:
        self._numbers = tuple(tuple(PacketNumbers() for _ in range(3)) for _ in Direction)
        """Sent by each role in each space."""
        self._blind = [False, False]
        self._streams = tuple(StreamRules(role) for role in Direction)
        self._ids = tuple(IdRules() for _ in Direction)
        self._paths = PathRules()
        self._watch = Watch()
        self._closed = [False, False]
        self.codes: Codes = NO_CODES
        """Error codes of the application."""

    def began(self, role: Direction, cid: bytes) -> None:
        """The Source Connection ID of a role's first packets in the handshake."""
        self._ids[role].began(cid)

    def parameters(self, role: Direction, values: Mapping[int, int]) -> None:
        """The transport parameters of a role that are numbers, by identifier: what its peer has to keep."""
        self._streams[role.opposite].allow(values)
        self._ids[role.opposite].limit = max(DEFAULT_ACTIVE, values.get(Parameter.ACTIVE_IDS, DEFAULT_ACTIVE))

    def missed(self, role: Direction) -> None:
        """A packet of this role could not be read: what it said is not known."""
        self._blind[role] = True

    def see(self, packet: Observed) -> list[Note]:
        """Remarks about a packet."""
        notes: list[Note] = []
        role = packet.role
        sent = self._numbers[role][SPACES[packet.level]]
        if not sent.add(packet.number):
            notes.append(Note(Severity.NOTE, f"packet number {packet.number} came before", 0, packet.size, "RFC 9000 12.3"))
        if self._closed[role] and any(item.kind not in _WHEN_CLOSING for item in packet.items):
            text = "the connection was closed by this side, which sends other frames now"
            notes.append(Note(Severity.WARN, text, 0, packet.size, "RFC 9000 10.2.1"))
        for item in packet.items:
            rule = _RULES.get(item.kind)
            if rule is not None:
                notes += rule(self, packet, item)
        if packet.level is Level.INITIAL and packet.datagram < SMALLEST_INITIAL:
            notes += self._small_datagram(packet)
        return notes

    def usual(self, role: Direction, number: int, acked: int, stream: int, end: int) -> bool:
        """`see` for the next 1-RTT packet of a role that acknowledges packets up to `acked` (-1: none), and has data of a stream (-1: of
        none) that come to `end`, not its last ones; and nothing else. False, and nothing done, where there is more to it."""
        numbers = self._numbers[role][APPLICATION]
        if self._closed[role] or not numbers.awaits(number):
            return False
        peer = 1 - role
        if acked >= 0:
            sent = self._numbers[peer][APPLICATION]
            if self._blind[peer] or acked > sent.largest or not sent.whole:
                return False
        if stream >= 0:
            if not stream & 2 and stream & 1 != role and stream >> 2 > self._streams[peer].opened[0]:
                return False
            if not self._streams[role].goes_on(stream, end):
                return False
            self._watch.stream(role)
        return numbers.follow(number) or numbers.add(number)

    def certain(self, role: Direction) -> bool:
        """Whether every packet that a role sent seems to be known, so that what it allowed is, too."""
        return not self._blind[role] and all(numbers.whole or not len(numbers) for numbers in self._numbers[role])

    def _small_datagram(self, packet: Observed) -> Iterator[Note]:
        if packet.role is CLIENT or is_eliciting(packet.items):
            text = f"a datagram of {packet.datagram} bytes with an Initial packet; {SMALLEST_INITIAL} are the least"
            yield Note(Severity.ERROR, text, 0, packet.size, "RFC 9000 14.1")

    def _notes(self, packet: Observed, item: Item, breaches: Iterable[Breach]) -> Iterator[Note]:
        for text, section, depends in breaches:
            sure = not depends or self.certain(packet.role.opposite)
            severity = Severity.ERROR if sure else Severity.WARN
            if not sure:
                text += ", as far as the capture tells"
            yield Note(severity, text, packet.at + item.start, packet.at + item.end, section)

    def _stream(self, packet: Observed, item: Any) -> Sequence[Note]:
        role = packet.role
        self._watch.stream(role)
        breaches = self._streams[role].data(item)
        if not item.stream & 2 and item.stream & 1 != role:
            breaches = (*breaches, *self._answers(role, item.stream, "STREAM", "19.8"))
        return tuple(self._notes(packet, item, breaches)) if breaches else ()

    def _answers(self, role: Direction, stream: int, name: str, section: str) -> Iterator[Breach]:
        """A frame for a stream that its receiver begins, which must have happened (in packets that were seen)."""
        if stream & 1 != role and stream >> 2 > self._streams[role.opposite].opened[stream >> 1 & 1]:
            yield (
                f"{name} for stream {stream}, which its receiver has not begun (STREAM_STATE_ERROR)",
                f"RFC 9000 {section}",
                True,
            )

    def _reset(self, packet: Observed, item: Any) -> Iterator[Note]:
        yield from self._remarks(packet, item)
        yield from self._notes(packet, item, self._streams[packet.role].reset(item))

    def _stop(self, packet: Observed, item: Any) -> Iterator[Note]:
        yield from self._remarks(packet, item)
        yield from self._notes(packet, item, self._receiving(packet.role, item.values[0], "STOP_SENDING", "19.5"))

    def _receiving(self, role: Direction, stream: int, name: str, section: str) -> Iterator[Breach]:
        """A frame that only the receiver of a stream's data sends."""
        if stream & 2 and stream & 1 == role:
            yield f"{name} for stream {stream}, on which only this side sends (STREAM_STATE_ERROR)", f"RFC 9000 {section}", False
        yield from self._answers(role, stream, name, section)

    def _limit(self, packet: Observed, item: Any) -> Iterator[Note]:
        if item.kind == Type.MAX_STREAM_DATA:
            yield from self._notes(packet, item, self._receiving(packet.role, item.values[0], "MAX_STREAM_DATA", "19.10"))
        self._streams[packet.role.opposite].raise_limit(item)

    def _blocked(self, packet: Observed, item: Any) -> Iterator[Note]:
        stream = item.values[0]
        if stream & 2 and stream & 1 != packet.role:
            text = f"STREAM_DATA_BLOCKED for stream {stream}, on which only the peer sends (STREAM_STATE_ERROR)"
            yield from self._notes(packet, item, iter(((text, "RFC 9000 19.13", False),)))

    def _new_id(self, packet: Observed, item: Any) -> Iterator[Note]:
        yield from self._remarks(packet, item)
        yield from self._notes(packet, item, self._ids[packet.role].issue(item))

    def _retire(self, packet: Observed, item: Any) -> Iterator[Note]:
        yield from self._remarks(packet, item)
        if packet.level is Level.EARLY:
            text = "RETIRE_CONNECTION_ID cannot be in 0-RTT packets: nothing could be retired yet"
            yield Note(Severity.ERROR, text, packet.at + item.start, packet.at + item.end, "RFC 9000 12.5")
        yield from self._notes(packet, item, self._ids[packet.role.opposite].retire(item.values[0], packet.dcid))

    def _path(self, packet: Observed, item: Any) -> Iterator[Note]:
        yield from self._remarks(packet, item)
        yield from self._notes(packet, item, self._paths.see(packet.role, item))

    def _servers_own(self, packet: Observed, item: Any) -> Iterator[Note]:
        if packet.role is CLIENT:
            name, section = ("HANDSHAKE_DONE", "19.20") if item.kind == Type.HANDSHAKE_DONE else ("NEW_TOKEN", "19.7")
            yield from self._notes(packet, item, iter(((f"{name} from a client", f"RFC 9000 {section}", False),)))

    def _ack(self, packet: Observed, item: Any) -> Iterable[Note]:
        peer = 1 - packet.role
        sent = self._numbers[peer][SPACES[packet.level]]
        largest = sent.largest
        if largest < 0 or self._blind[peer] or (item.largest <= largest and sent.whole):
            return ()
        return self._odd_ack(packet, item, sent)

    def _odd_ack(self, packet: Observed, ack: Ack, sent: PacketNumbers) -> Iterator[Note]:
        """Some packets of the peer were not seen, which this may acknowledge."""
        start, end = packet.at + ack.start, packet.at + ack.end
        if ack.largest > sent.largest:
            text = f"acknowledges packet {ack.largest}; the last one seen is {sent.largest}"
            yield Note(Severity.WARN, text, start, end, "RFC 9000 13.1")
        for low, high in ack.ranges:
            for first, last in list(sent.missing(low, min(high, sent.largest))):
                text = f"acknowledges packets from {first} to {last}, of which none was seen: lost to the capture, or never sent"
                yield Note(Severity.NOTE, text, start, end, "RFC 9000 21.4")
                sent.add_range(first, last)  # it is said once

    def _close(self, packet: Observed, item: Any) -> Iterator[Note]:
        close: Close = item
        self._closed[packet.role] = True
        ours = close.frame_type is not None
        name = (error_name(close.code) if ours else self.codes.get(close.code, "")) or f"error 0x{close.code:x}"
        harmless = close.code == 0 if ours else name.endswith("NO_ERROR") or (close.code == 0 and not self.codes)
        severity = Severity.CHAT if harmless else Severity.WARN if ours or self.codes else Severity.NOTE
        reason = close.reason.decode("utf-8", "backslashreplace")
        who = "client" if packet.role is CLIENT else "server"
        text = f"the {who} closes the connection: {name}{f' ({reason})' if reason else ''}"
        section = "RFC 9000 20.1" if ours else "RFC 9000 20.2"
        yield Note(severity, text, packet.at + close.start, packet.at + close.end, section)

    def _remarks(self, packet: Observed, item: Any) -> Iterator[Note]:
        for text, section in self._watch.see(packet.role, item):
            yield Note(Severity.WARN, text, packet.at + item.start, packet.at + item.end, section)


_WHEN_CLOSING = frozenset((Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP, Type.PADDING, Type.ACK, Type.ACK_ECN))

_RULES: Mapping[int, Callable[[Rules, Observed, Any], Iterable[Note]]] = {
    **dict.fromkeys(range(Type.STREAM, Type.STREAM + 8), Rules._stream),
    **dict.fromkeys((Type.ACK, Type.ACK_ECN), Rules._ack),
    **dict.fromkeys((Type.RESET_STREAM, Type.RESET_STREAM_AT), Rules._reset),
    **dict.fromkeys((Type.MAX_DATA, Type.MAX_STREAM_DATA, Type.MAX_STREAMS_BIDI, Type.MAX_STREAMS_UNI), Rules._limit),
    **dict.fromkeys((Type.CRYPTO, Type.PING), Rules._remarks),
    **dict.fromkeys((Type.PATH_CHALLENGE, Type.PATH_RESPONSE), Rules._path),
    **dict.fromkeys((Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP), Rules._close),
    **dict.fromkeys((Type.HANDSHAKE_DONE, Type.NEW_TOKEN), Rules._servers_own),
    Type.STOP_SENDING: Rules._stop,
    Type.STREAM_DATA_BLOCKED: Rules._blocked,
    Type.NEW_CONNECTION_ID: Rules._new_id,
    Type.RETIRE_CONNECTION_ID: Rules._retire,
}
"""By frame type."""


def added_notes(item: Item, added: Added, at: int = 0) -> list[Note]:
    """What putting a CRYPTO or STREAM frame in order told about it. `at` is where its payload begins in the packet."""
    notes: list[Note] = []
    runs = added.runs
    if added.conflict < 0 and (not runs or (len(runs) == 1 and not runs[0].gap)):
        return notes
    start, end = at + item.start, at + item.end
    if added.conflict >= 0:
        text = f"at offset {added.conflict} the data differ from what was sent before"
        notes.append(Note(Severity.ERROR, text, start, end, "RFC 9000 2.2"))
    lost = sum(run.gap for run in runs)
    if lost:
        text = f"{lost} bytes before these are missing, and too many wait behind them"
        section = "RFC 9000 7.5" if item.kind == Type.CRYPTO else "RFC 9000 2.2"
        notes.append(Note(Severity.WARN, text, start, end, section))
    return notes

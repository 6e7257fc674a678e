"""The decoders: one datagram, one message (UDP, multicast DNS, LLMNR), and messages with their length before them (RFC 1035 4.2.2)."""

from collections.abc import Iterator

from workbench.api import Chunk, Direction, FlowContext, Message, Note, Severity
from workbench_dns.header import Flavour
from workbench_dns.messages import broken_message, dns_message, undecoded_message
from workbench_dns.pairing import Pairing
from workbench_dns.probe import plausible
from workbench_dns.wire import Wire

__all__ = ["DatagramDecoder", "StreamDecoder", "dns", "llmnr", "mdns"]

_HEAD = 2 + 12
"""Bytes that tell whether a message can begin here: its length and its header."""


class DatagramDecoder:
    """See `workbench.api.Decoder`. Multicast messages answer nobody in particular, and are not paired (RFC 6762 18.1)."""

    def __init__(self, context: FlowContext, flavour: Flavour) -> None:
        self._flavour = flavour
        self._longest = context.limits.message
        self._pairing = None if flavour is Flavour.MDNS else Pairing(context.memory)

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """One datagram."""
        if not chunk.data and not chunk.gap:
            return
        more, raw = _lost(chunk.gap), chunk.data
        place = chunk.direction, chunk.offset - chunk.gap, chunk.end
        if len(raw) > self._longest:
            more += (
                Note(Severity.ERROR, f"a message has {self._longest} bytes at most, not {len(raw)}", section="RFC 1035 4.2.2"),
            )
            raw = raw[: self._longest]
        yield dns_message(place, raw, flavour=self._flavour, pairing=self._pairing, more=more)

    def finish(self, direction: Direction) -> Iterator[Message]:
        """Datagrams are whole when they come."""
        return iter(())


def dns(context: FlowContext) -> DatagramDecoder:
    """Unicast DNS."""
    return DatagramDecoder(context, Flavour.DNS)


def mdns(context: FlowContext) -> DatagramDecoder:
    """Multicast DNS (RFC 6762)."""
    return DatagramDecoder(context, Flavour.MDNS)


def llmnr(context: FlowContext) -> DatagramDecoder:
    """Link-local multicast name resolution (RFC 4795)."""
    return DatagramDecoder(context, Flavour.LLMNR)


def _lost(gap: int) -> tuple[Note, ...]:
    return (Note(Severity.WARN, f"{gap} bytes before these were not captured"),) if gap else ()


class StreamDecoder:
    """See `workbench.api.Decoder`. Behind lost bytes it looks for the next message at the beginning of a segment."""

    def __init__(self, context: FlowContext) -> None:
        self._wires = tuple(Wire(direction) for direction in Direction)
        self._pairing = Pairing(context.memory)
        self._quic = context.facts.get("alpn") == "doq"

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """Take the next bytes; see `Decoder`."""
        wire = self._wires[chunk.direction]
        if chunk.gap:
            yield from self._flush(wire, f"the {chunk.gap} bytes behind these were not captured")
            wire.lost = True
        wire.add(chunk)
        yield from self._read(wire)

    def finish(self, direction: Direction) -> Iterator[Message]:
        """No more bytes in this direction; see `Decoder`."""
        yield from self._flush(self._wires[direction], "")

    def _read(self, wire: Wire) -> Iterator[Message]:
        while True:
            if wire.lost:
                if len(wire.data) < _HEAD:
                    return
                if not plausible(bytes(wire.data[2:_HEAD])):
                    yield from self._skip(wire)
                    return
                wire.lost = False
            if len(wire.data) < 2:
                return
            size = wire.data[0] << 8 | wire.data[1]
            if len(wire.data) < 2 + size:
                return
            gap = wire.gap
            start, end, raw = wire.take(2 + size)
            place = wire.direction, start, end
            more = _lost(gap)
            if self._quic and raw[2:4] not in (b"", b"\0\0"):
                more += (Note(Severity.ERROR, "the id is not 0 over QUIC", 2, min(4, len(raw)), "RFC 9250 4.2.1"),)
            yield dns_message(place, raw, flavour=Flavour.DNS, origin=2, pairing=self._pairing, more=more)

    def _skip(self, wire: Wire) -> Iterator[Message]:
        """Bytes in the middle of a message whose beginning was lost."""
        start, end, raw = wire.take(len(wire.data))
        yield undecoded_message((wire.direction, start, end), raw, "the bytes before these were not captured")

    def _flush(self, wire: Wire, why: str) -> Iterator[Message]:
        """What is left before a hole, or at the end."""
        if not wire.data and not wire.gap:
            return
        gap = wire.gap
        start, end, raw = wire.take(len(wire.data))
        place = wire.direction, start, end
        if wire.lost:
            yield undecoded_message(place, raw, "the bytes before these were not captured")
        elif len(raw) < 2:
            yield broken_message(place, raw, why or "the length is cut off", origin=2, more=_lost(gap))
        else:
            size = int.from_bytes(raw[:2], "big")
            reason = f"{size} bytes are announced, {len(raw) - 2} came{'; ' if why else ''}{why}"
            cut = Note(Severity.ERROR, reason, 0, 2, "RFC 1035 4.2.2")
            yield dns_message(place, raw, flavour=Flavour.DNS, origin=2, more=(cut, *_lost(gap)))

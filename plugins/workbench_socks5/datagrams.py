"""UDP datagrams between a client and its relay: the header of RFC 1928 section 7, and what is inside."""

from collections.abc import Iterator

from workbench.api import Chunk, Confidence, Direction, FlowContext, FrameError, Inner, Message
from workbench_socks5.fragments import Reassembly
from workbench_socks5.grammar import Kind, address_size
from workbench_socks5.messages import broken_message, whole_message
from workbench_socks5.names import ADDRESS_TYPES
from workbench_socks5.presentation import place_of

__all__ = ["NAME", "DatagramDecoder", "probe"]

NAME = "socks5-udp"
_HEADER = 4
MOST_QUEUES = 64
"""Destinations with an unfinished sequence of fragments, the oldest forgotten first; clients that fragment use one."""


class DatagramDecoder:
    """See `workbench.api.Decoder`. Each datagram is a message; its payload goes on as an inner conversation per remote host."""

    def __init__(self, context: FlowContext) -> None:
        self._context = context
        self._queues: dict[tuple[Direction, str], Reassembly] = {}

    def receive(self, chunk: Chunk) -> Iterator[Message | Inner]:
        """One datagram."""
        if not chunk.data and not chunk.gap:
            return
        raw, span = chunk.data, (chunk.offset - chunk.gap, chunk.end, chunk.data)
        reason = _fault(raw)
        if reason:
            yield broken_message(self._context, chunk.direction, Kind.DATAGRAM, span, reason, "RFC 1928 7", NAME)
            return
        message = whole_message(self._context, chunk.direction, Kind.DATAGRAM, span, None, NAME)
        yield message
        value = message.value
        place = place_of(value)
        payload = value["payload"]
        if value["fragment_number"]:
            payload = self._collect(chunk, place, value["fragment_number"], payload)
        if payload:
            yield Inner(direction=chunk.direction, data=payload, channel=place)

    def finish(self, direction: Direction) -> Iterator[Message | Inner]:
        """Datagrams are whole when they come."""
        return iter(())

    def _collect(self, chunk: Chunk, place: str, fragment: int, payload: bytes) -> bytes | None:
        key = chunk.direction, place
        queue = self._queues.pop(key, None) or Reassembly()
        whole = queue.add(fragment, payload, chunk.time_ns)
        if whole is None:
            self._queues[key] = queue
            while len(self._queues) > MOST_QUEUES:
                del self._queues[next(iter(self._queues))]
        return whole


def _fault(data: bytes) -> str:
    """Why a datagram's header cannot be read, "" when it can."""
    if len(data) < _HEADER:
        return "the header is cut off"
    try:
        size = address_size(data[3], data[4:5])
    except FrameError as error:
        return error.message
    return "the address is cut off" if size is None or len(data) < _HEADER + size else ""


def probe(data: bytes, direction: Direction) -> Confidence:  # noqa: ARG001 - the slot dictates it
    """LIKELY for a sensible header with something behind it: three zero bytes and a small number are too common to be sure."""
    if data[:2] != b"\0\0" or _fault(data):
        return Confidence.NO
    end = _HEADER + (address_size(data[3], data[4:5]) or 0)
    address, port = data[_HEADER : end - 2], data[end - 2 : end]
    if data[3] == ADDRESS_TYPES["domain"]:
        sensible = len(address) > 1 and all(0x21 <= byte < 0x7F for byte in address[1:])
    else:
        sensible = any(address) and address[0] < 0xFF
    if not sensible or port == b"\0\0":
        return Confidence.NO
    return Confidence.LIKELY if len(data) > end and not data[2] else Confidence.WEAK

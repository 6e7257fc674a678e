"""Questions about one packet or one message, asked of a session on the background thread; the answers are `Details` and `Info`."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from workbench.api import UNDECODED, Message, ProtocolSpec
from workbench.session import Session
from workbench.tui.cells import clean
from workbench.tui.details import Details, details_of
from workbench.tui.placement import Placement, place
from workbench.tui.widgets.packet_list import Info

if TYPE_CHECKING:
    from workbench.api import Transport

__all__ = ["info_of", "message_details", "names_of", "packet_details", "stream_position"]

CARRIED = 60
"""Characters of a summary that a packet says it carries a part of."""


def packet_details(session: Session, number: int) -> Details:
    """Everything about one packet: its layers, the messages it carries bytes of, and where those bytes are."""
    packet = session.capture.packet(number)
    messages = session.messages_of(number)
    placements = _placements(session, number, packet.data, messages)
    return details_of(f"Packet {number}", packet.data, session.layers(number), messages, placements)


def message_details(message: Message, changed: tuple[tuple[int, int], ...] = ()) -> Details:
    """One message alone."""
    return details_of(clean(message.summary), None, (), (message,), changed=(changed,))


def _placements(session: Session, number: int, data: bytes, messages: Sequence[Message]) -> tuple[tuple[Placement, ...], ...]:
    index, row = session.capture.index, number - 1
    at, length = int(index.payload_offset[row]), int(index.payload_length[row])
    payload = data[at : at + length]
    if not messages or not payload:
        return tuple(() for _ in messages)
    stream = session.packet_stream(number)
    offset = None if stream is None else _stream_offset(session, *stream, row)
    # what travelled inside another message has its bytes in that one's views, not in the packet
    outer = iter(place(payload, at, [message for message in messages if not message.layer], offset))
    return tuple(() if message.layer else next(outer) for message in messages)


def _stream_offset(session: Session, transport: "Transport", stream: int, row: int) -> int | None:
    """Where a TCP payload lies in its direction's byte stream, if the direction's first packet says so."""
    if transport != "tcp":
        return None
    index = session.capture.index
    rows = index.packets_of(transport, stream) - 1
    same = rows[index.direction[rows] == index.direction[row]]
    first = int(same[0])
    begin = int(index.seq[first]) + (1 if int(index.tcp_flags[first]) & 0x02 else 0)
    return (int(index.seq[row]) - begin) % (1 << 32)


def names_of(specs: Iterable[ProtocolSpec]) -> dict[str, str]:
    """What each protocol is called on screens: Wireshark's name for it where it has one."""
    return {spec.name: spec.filter_prefix.upper() for spec in specs}


def stream_position(session: Session, number: int) -> int:
    """How many packets of its stream come before this one."""
    stream = session.packet_stream(number)
    return 0 if stream is None else int(np.searchsorted(session.capture.index.packets_of(*stream), number))


def info_of(session: Session, number: int) -> Info | None:
    """What the messages of a packet say on its line; None when it carries none that anybody understands."""
    messages = [message for message in session.messages_of(number) if message.protocol != UNDECODED]
    if not messages:
        return None
    # what is innermost says most: nobody looks for the records around it
    depth = max(len(message.layer) for message in messages)
    messages = [message for message in messages if len(message.layer) == depth]
    complete = [message for message in messages if message.packet == number]
    protocol = names_of(session.registry.specs).get((complete or messages)[-1].protocol, (complete or messages)[-1].protocol)
    if complete:
        text = " │ ".join(clean(message.summary) for message in complete)
    else:
        last = messages[-1]
        text = f"[part of {clean(last.summary)[:CARRIED]} → packet {last.packet}]"
    return Info(clean(protocol), text, any(message.errors for message in complete))

"""Packets as Wireshark's exports show them: one branch for the frame, one for each header, one for each message that it completes.

Formats that show field trees packet by packet (PDML, tshark's JSON and bulk JSON) render branches; how is their business.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.capture import Capture
from captures.layers import layers
from captures.times import epoch_text
from workbench.api import Field, Message, Packet
from workbench.export.source import Source
from workbench.export.spool import Spool

__all__ = ["Branch", "Frame", "Piece", "frames", "message_branch", "packet_branches"]

_ALIASES = {
    "eth.dst": "eth.addr",
    "eth.src": "eth.addr",
    "ip.src": "ip.addr",
    "ip.dst": "ip.addr",
    "ipv6.src": "ipv6.addr",
    "ipv6.dst": "ipv6.addr",
    "tcp.srcport": "tcp.port",
    "tcp.dstport": "tcp.port",
    "udp.srcport": "udp.port",
    "udp.dstport": "udp.port",
}
"""Fields that Wireshark repeats under a name for both sides."""

_INSIDE_THE_HEADER = {"tcp.payload", "udp.payload", "eth.trailer"}
"""What our layers show behind a header and Wireshark as its last field."""

_ETHERTYPED = {"eth", "sll", "sll2", "vlan", "ieee8021ad"}


@dataclass(frozen=True, slots=True)
class Branch:
    """The tree of one header or message. `views` are the bytes that its fields point into; those of the first one stand `base` bytes
    further on in the packet (0 where they are put together from several packets or derived). `hidden` are the names of fields that
    repeat others."""

    name: str
    root: Field
    views: tuple[bytes, ...]
    base: int = 0
    hidden: frozenset[str] = frozenset()

    def place(self, node: Field) -> int:
        """Where a field begins: in the packet, or in the bytes that were put together."""
        return node.start + self.base if node.view == 0 else node.start


@dataclass(frozen=True, slots=True)
class Piece:
    """A rendered branch and its protocol."""

    name: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet, rendered: what it is, and its pieces, the frame's own first."""

    packet: Packet
    pieces: tuple[Piece, ...]


def frames(source: Source, render: Callable[[Branch], bytes]) -> Iterator[Frame]:
    """The selected packets in order with all messages that they complete, also those that a filter did not ask for."""
    capture = source.capture
    wanted = np.zeros(len(capture.index) + 1, np.bool_)
    wanted[source.packets] = True
    with Spool() as spool:
        for completed, branch in _placed(source.everything(), capture, wanted):
            spool.add(completed, branch.name.encode() + b"\0" + render(branch))
        shown_before = 0
        for number in source.packets.tolist():
            pieces = []
            for text in spool.of(number):
                name, _, rendered = text.partition(b"\0")
                pieces.append(Piece(name.decode(), rendered))
            packet = capture.packet(number)
            branches = packet_branches(capture, packet, shown_before, [piece.name for piece in pieces])
            shown_before = number
            yield Frame(packet, (*(Piece(branch.name, render(branch)) for branch in branches), *pieces))


def packet_branches(capture: Capture, packet: Packet, shown_before: int, messages: Iterable[str] = ()) -> list[Branch]:
    """Frame and headers of a packet. `shown_before` is the packet written before it (0: none), `messages` the protocols in it."""
    found = list(layers(packet, streams=capture.streams_of(packet.number)))
    views = (packet.data,)
    branches: list[Branch] = []
    for field in found[1:]:
        if field.abbrev in _INSIDE_THE_HEADER and branches:
            last = branches[0 if field.abbrev == "eth.trailer" else -1]
            place = branches.index(last)
            branches[place] = replace(last, root=replace(last.root, children=(*last.root.children, field)))
        elif field.abbrev == "data.data":
            data = replace(field, children=(replace(field, name="Data"),), value=None, abbrev="data")
            branches.append(Branch("data", data, views))
        else:
            branches.append(Branch(field.abbrev, _with_aliases(field), views, hidden=frozenset(_ALIASES.values())))
    names = [*_protocols(branches), *dict.fromkeys(messages)]
    return [Branch("frame", _frame(capture, packet, found[0], shown_before, names), views), *branches]


def message_branch(message: Message, base: int = 0) -> Branch:
    """The tree of a message, which begins `base` bytes into its packet."""
    views = tuple(view.data for view in message.views) or (message.raw,)
    root = replace(message.root, name=message.root.name if message.root.text else _title(message))
    return Branch(root.abbrev or message.protocol, root, views, base)


def _title(message: Message) -> str:
    return f"{message.root.name}, {message.summary or message.label}" if message.summary or message.label else message.root.name


def _placed(messages: Iterable[Message], capture: Capture, wanted: NDArray[np.bool_]) -> Iterator[tuple[int, Branch]]:
    """Messages as branches, with their places in their packets where they stand there whole and in the clear."""
    index = capture.index
    current, payload, at = 0, b"", 0
    for message in messages:
        if message.packet >= len(wanted) or not wanted[message.packet]:  # the file may have grown meanwhile
            continue
        base = 0
        if not message.layer and len(message.packets) == 1 and message.raw:
            if message.packet != current:
                current, payload, at = message.packet, capture.payload(message.packet), 0
            found = payload.find(message.raw, at)
            if found >= 0 and not index.flags[current - 1] & marks.ASSEMBLED:
                base = int(index.payload_offset[current - 1]) + found
                at = found + len(message.raw)
        yield message.packet, message_branch(message, base)


def _with_aliases(header: Field) -> Field:
    children: list[Field] = []
    for child in header.children:
        children.append(child)
        if child.abbrev in _ALIASES:
            children.append(replace(child, abbrev=_ALIASES[child.abbrev]))
    return replace(header, children=tuple(children))


def _protocols(branches: Iterable[Branch]) -> Iterator[str]:
    """Names as in `frame.protocols`."""
    for branch in branches:
        yield branch.name
        if branch.name in _ETHERTYPED and any(node.abbrev.endswith("type") for node in branch.root.children):
            yield "ethertype"


def _frame(capture: Capture, packet: Packet, plain: Field, shown_before: int, names: Iterable[str]) -> Field:
    """The frame's own fields, with times that need the packets before it."""
    times = capture.index.time_ns

    def since(number: int) -> str:
        return epoch_text(packet.time_ns - int(times[number - 1])) if number > 0 else epoch_text(0)

    def fact(name: str, abbrev: str, value: str) -> Field:
        return Field(name, 0, 0, value, abbrev=abbrev, generated=True)

    more = (
        fact("Interface name", "frame.interface_name", capture.interfaces[packet.interface].name),
        fact("Time delta from previous captured frame", "frame.time_delta", since(packet.number - 1)),
        fact("Time delta from previous displayed frame", "frame.time_delta_displayed", since(shown_before)),
        fact("Time since reference or first frame", "frame.time_relative", since(1)),
    )
    told = [replace(node, value=":".join(names)) if node.abbrev == "frame.protocols" else node for node in plain.children]
    return replace(plain, children=(*told, *(node for node in more if node.value)))

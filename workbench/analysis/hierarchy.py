"""Protocol hierarchy: packets and bytes by network protocol, transport and application protocol.

The lower levels come from the columns alone; the application level from messages, when somebody dissected them (`with_messages`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from captures import marks
from captures.index import IP_PROTOCOLS, PacketIndex
from workbench.api import Message

__all__ = ["Level", "MessageCounts", "hierarchy", "with_messages"]

_Key = tuple[str, str, tuple[str, ...]]
"""IP version, transport, and the protocols of the application level, outermost first."""

_IP_NAMES = {4: "IPv4", 6: "IPv6"}


@dataclass(frozen=True, slots=True)
class Level:
    """One protocol, with what lies inside it. `messages` is 0 below the application level."""

    name: str
    packets: int
    bytes: int
    messages: int = 0
    children: tuple["Level", ...] = ()


def hierarchy(index: PacketIndex) -> Level:
    """The tree from "frame" down to the transports; at each level the largest first."""
    size = index.original_length
    children = [*_ip_levels(index), *_other_levels(index)]
    return Level("frame", len(index), int(size.sum(dtype=np.int64)), children=_sorted(children))


def _ip_levels(index: PacketIndex) -> list[Level]:
    levels = []
    for version, name in _IP_NAMES.items():
        rows = np.flatnonzero(index.ip_version == version)
        if not len(rows):
            continue
        size = index.original_length[rows].astype(np.float64)
        pieces = (index.flags[rows] & marks.FRAGMENT) != 0
        # one slot more than there are protocol numbers: fragments that complete nothing
        kind = np.where(pieces, 256, index.ip_protocol[rows])
        packets, sums = np.bincount(kind), np.bincount(kind, weights=size)
        inner = [
            Level(_ip_protocol_name(number), int(packets[number]), int(sums[number]))
            for number in np.flatnonzero(packets).tolist()
        ]
        levels.append(Level(name, len(rows), int(size.sum()), children=_sorted(inner)))
    return levels


def _ip_protocol_name(number: int) -> str:
    if number == 256:
        return "fragment"
    return IP_PROTOCOLS.get(number, f"protocol {number}")


def _other_levels(index: PacketIndex) -> list[Level]:
    """Packets without IP, by the name the index has for them."""
    packets: Counter[str] = Counter()
    size: Counter[str] = Counter()
    rows = np.flatnonzero(index.ip_version == 0)
    plain = rows[(index.flags[rows] & marks.LAYERED) == 0]
    if len(plain):
        # the vectorised path knows one protocol besides IP
        packets["ARP"], size["ARP"] = len(plain), int(index.original_length[plain].sum(dtype=np.int64))
    for row in rows[(index.flags[rows] & marks.LAYERED) != 0].tolist():
        name = index.protocol(row)
        packets[name] += 1
        size[name] += int(index.original_length[row])
    return [Level(name, packets[name], size[name]) for name in packets]


def _sorted(levels: Iterable[Level]) -> tuple[Level, ...]:
    return tuple(sorted(levels, key=lambda level: (-level.bytes, level.name)))


class MessageCounts:
    """Counts messages, their bytes and their packets by protocol, below the IP version, the transport and the protocols around them."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._messages: Counter[_Key] = Counter()
        self._bytes: Counter[_Key] = Counter()
        self._packets: defaultdict[_Key, set[int]] = defaultdict(set)

    def add(self, message: Message) -> None:
        """Take the next message."""
        row = message.packet - 1
        if row < 0:
            return
        version = _IP_NAMES.get(int(self._index.ip_version[row]), "")
        # a layer is called by its protocol, and which of its conversations it is: "http2 stream 5"
        path = (*(layer.partition(" ")[0] for layer in message.layer), message.protocol) if message.layer else (message.protocol,)
        key = (version, IP_PROTOCOLS.get(int(self._index.ip_protocol[row]), ""), path)
        self._messages[key] += 1
        self._bytes[key] += message.end - message.start
        self._packets[key].update(message.packets)

    def levels(self, version: str, transport: str) -> tuple[Level, ...]:
        """The application levels below one transport; what travelled inside a protocol hangs below it."""
        paths = [path for *place, path in self._messages if place == [version, transport]]
        parents = {path: next((path[:end] for end in range(len(path) - 1, 0, -1) if path[:end] in paths), ()) for path in paths}

        def below(parent: tuple[str, ...]) -> tuple[Level, ...]:
            return _sorted(
                Level(path[-1], len(self._packets[key]), self._bytes[key], self._messages[key], below(path))
                for path in paths
                if parents[path] == parent
                for key in [(version, transport, path)]
            )

        return below(())


def with_messages(root: Level, counts: MessageCounts) -> Level:
    """The same tree with the application protocols hung below their transports."""
    networks = []
    for network in root.children:
        transports = tuple(
            replace(transport, children=counts.levels(network.name, transport.name)) for transport in network.children
        )
        networks.append(replace(network, children=transports))
    return replace(root, children=tuple(networks))

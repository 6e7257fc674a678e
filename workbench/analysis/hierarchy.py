"""Protocol hierarchy: packets and bytes by protocol, inner ones below outer ones, called and counted as Wireshark does it (`io,phs`).

The headers come from the columns alone; what applications say from messages, when somebody dissected them (`with_messages`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.index import PacketIndex
from captures.pairs import IPV4, IPV6
from captures.shapes import PLAIN_PROTOCOLS
from workbench.api import Message

__all__ = ["MOST_LEVELS", "TITLES", "Level", "MessageCounts", "hierarchy", "with_messages"]

_Path = tuple[str, ...]
_Table = Mapping[_Path, tuple[int, int, int]]
"""Packets, bytes and messages of those that have exactly these protocols."""

_IP_NAMES = {IPV4: "ip", IPV6: "ipv6"}
_IP_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", **PLAIN_PROTOCOLS}
"""Protocols behind an IP header that has nothing else inside it."""

TITLES: Mapping[str, str] = {
    "frame": "Frame",
    "eth": "Ethernet",
    "vlan": "VLAN",
    "arp": "ARP",
    "ip": "IPv4",
    "ipv6": "IPv6",
    "tcp": "TCP",
    "udp": "UDP",
    "icmp": "ICMP",
    "icmpv6": "ICMPv6",
    "sll": "Linux cooked",
    "null": "Loopback",
    "raw": "Raw IP",
}
"""What people call those protocols that have another name in Wireshark's filters."""

_BITS = (16, 1, 13, 3, 8)
"""Room for interface, tag, shape, IP version and IP protocol in one number."""
MOST_LEVELS = 100
"""Headers inside each other that are levels of their own: a hostile packet has thousands, and trees are walked by recursion, here and by
whoever reads the JSON."""

PAGE = 4_096
"""Packets of one page of what was counted."""

_FEW = 32
"""Values up to which looking for them one after the other is faster than sorting."""


@dataclass(frozen=True, slots=True)
class Level:
    """One protocol, with what lies inside it. `bytes` are whole frames; `messages` is 0 for headers."""

    name: str
    packets: int
    bytes: int
    messages: int = 0
    children: tuple["Level", ...] = ()


def hierarchy(index: PacketIndex, rows: NDArray[np.int64] | None = None) -> Level:
    """The tree from "frame" down to the transports, of all packets or of those in `rows`; at each level the largest first."""
    return _tree(_headers(index, rows))


def with_messages(root: Level, counts: "MessageCounts") -> Level:
    """The same tree with the application protocols hung below what carried them."""
    flat: dict[_Path, tuple[int, int, int]] = {}
    _flatten(root, (), flat)
    return _tree_of_sums(flat | dict(counts.table()))


def _headers(index: PacketIndex, rows: NDArray[np.int64] | None) -> _Table:
    """Packets by the headers that they have."""
    code = _code(index)
    sizes = index.original_length[: len(code)]
    if rows is not None:
        code, sizes = code[rows], sizes[rows]
    first, inverse = _distinct(code)
    packets = np.bincount(inverse, minlength=len(first))
    sums = np.bincount(inverse, weights=sizes, minlength=len(first))
    table: dict[_Path, tuple[int, int, int]] = {}
    for place, count, size in zip(first, packets.tolist(), sums.tolist(), strict=True):
        path = _path(index, place if rows is None else int(rows[place]))
        before = table.get(path, (0, 0, 0))
        table[path] = before[0] + count, before[1] + int(size), 0
    return table


def _code(index: PacketIndex) -> NDArray[np.int64]:
    columns: tuple[NDArray[Any], ...] = (
        index.interface,
        index.vlan >= 0,
        index.column("shape"),
        index.ip_version,
        np.where(index.column("shape") > 0, 0, index.ip_protocol),
    )
    code = np.zeros(len(index), np.int64)
    for column, bits in zip(columns, _BITS, strict=True):
        code = code << bits | column[: len(code)]
    return code


def _distinct(code: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """(first row of each value, place among them for every row). There are few values: taking them out one by one beats sorting."""
    inverse = np.zeros(len(code), np.int64)
    first: list[int] = []
    left = np.arange(len(code))
    while len(left) and len(first) < _FEW:
        rest = code[left]
        same = rest == rest[0]
        inverse[left[same]] = len(first)
        first.append(int(left[0]))
        left = left[~same]
    if len(left):
        _, rows, places = np.unique(code[left], return_index=True, return_inverse=True)
        inverse[left] = places.reshape(-1) + len(first)
        first += left[rows].tolist()
    return first, inverse


def _path(index: PacketIndex, row: int) -> _Path:
    """The outermost protocols of one packet, as far as headers tell them."""
    return _headers_of(index, row)[:MOST_LEVELS]


def _headers_of(index: PacketIndex, row: int) -> _Path:
    number = int(index.column("shape")[row])
    if index.shapes.is_whole(number):
        return ("frame", *index.shapes.names[number])
    link = index.links[int(index.interface[row])]
    tags = index.shapes.names[number] or (("vlan",) if index.vlan[row] >= 0 else ())
    path = ("frame", *((link,) if link else ()), *tags)
    version = int(index.ip_version[row])
    if not version:
        # the vectorised path knows one protocol besides IP
        return path if index.flags[row] & marks.LAYERED and not tags else (*path, "arp")
    inside = _IP_PROTOCOLS.get(int(index.ip_protocol[row]))
    return (*path, _IP_NAMES[version], *((inside,) if inside else ()))


class MessageCounts:
    """Counts messages, and the packets that complete them, below the headers and the protocols around them."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._paths: dict[tuple[int, ...], _Path] = {}
        self._messages: Counter[_Path] = Counter()
        self._packets: Counter[_Path] = Counter()
        self._bytes: Counter[_Path] = Counter()
        self._seen: dict[_Path, dict[int, bytearray]] = {}
        """Which packets were counted, in pages: a rare protocol costs little in a long capture."""

    def add(self, message: Message) -> None:
        """Take the next message."""
        row = message.packet - 1
        if row < 0:
            return
        # a layer is called by its protocol, and which of its conversations it is: "http2 stream 5"
        path = (*self._below(row), *(layer.partition(" ")[0] for layer in message.layer), message.protocol)
        self._messages[path] += 1
        pages = self._seen.setdefault(path, {})
        page, place = divmod(row, PAGE)
        seen = pages.get(page)
        if seen is None:
            seen = pages[page] = bytearray(PAGE)
        if not seen[place]:
            seen[place] = 1
            self._packets[path] += 1
            self._bytes[path] += int(self._index.original_length[row])

    def table(self) -> _Table:
        """Packets, their bytes, and messages by path from "frame" on. Protocols around others that nobody counted are left out."""
        whole = {path: (self._packets[path], self._bytes[path], count) for path, count in self._messages.items()}
        headers = set(self._paths.values())
        found: dict[_Path, tuple[int, int, int]] = {}
        for path, own in whole.items():
            start = next(length for length in range(len(path), 0, -1) if path[:length] in headers)
            kept = path[:start]
            for end in range(start + 1, len(path) + 1):
                if path[:end] in whole:
                    kept = (*kept, path[end - 1])
            found[kept] = own if kept not in found else tuple(map(sum, zip(found[kept], own, strict=True)))  # type: ignore[assignment]
        return found

    def _below(self, row: int) -> _Path:
        """The headers around a message that is complete with that row."""
        index = self._index
        key = (
            int(index.interface[row]),
            int(index.vlan[row]) >= 0,
            int(index.column("shape")[row]),
            int(index.ip_version[row]),
            int(index.ip_protocol[row]),
        )
        found = self._paths.get(key)
        if found is None:
            found = self._paths[key] = _path(index, row)
        return found


def _tree(table: _Table) -> Level:
    """The tree of packets by the protocols that they have: each counts for all protocols around."""
    sums: defaultdict[_Path, list[int]] = defaultdict(lambda: [0, 0, 0], {("frame",): [0, 0, 0]})
    for path, own in table.items():
        for end in range(1, len(path) + 1):
            entry = sums[path[:end]]
            for place in range(3):
                entry[place] += own[place]
    return _tree_of_sums({path: (own[0], own[1], own[2]) for path, own in sums.items()})


def _tree_of_sums(sums: _Table) -> Level:
    below: defaultdict[_Path, list[_Path]] = defaultdict(list)
    for path in sums:
        below[path[:-1]].append(path)

    def level(path: _Path) -> Level:
        return Level(path[-1], *sums[path], _sorted(level(child) for child in below[path]))

    return level(("frame",))


def _sorted(levels: Iterable[Level]) -> tuple[Level, ...]:
    return tuple(sorted(levels, key=lambda level: (-level.bytes, level.name)))


def _flatten(level: Level, above: _Path, into: dict[_Path, tuple[int, int, int]]) -> None:
    path = (*above, level.name)
    into[path] = level.packets, level.bytes, level.messages
    for child in level.children:
        _flatten(child, path, into)

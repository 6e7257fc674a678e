"""Who talks to whom, layer by layer, and what each end sent and received: Ethernet, IP, TCP, UDP, as Wireshark counts them.

A packet counts for every header of the layer that it has, those inside tunnels included; headers that an ICMP error quotes do not
count, nor those that are broken. Ordinary packets are summed by columns; those with several headers are peeled again, one by one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Ints
from captures.capture import Capture
from captures.pairs import Keys, distinct, host_text
from workbench.analysis.sightings import Sightings, sightings

__all__ = ["LAYERS", "EndSums", "LayerName", "Talk", "TalkTable", "talk_table"]

LayerName = Literal["eth", "ip", "ipv6", "tcp", "udp"]
LAYERS: tuple[LayerName, ...] = get_args(LayerName)

_WITH_PORTS = ("tcp", "udp")
_PORT = np.uint64(0xFFFF)
_HEAD = ~np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation. Pairs are (from `one` to `other`, back); `one` is a stream's client, else who was seen sending first.
    `stream` is -1 for layers without streams."""

    layer: LayerName
    one: str
    other: str
    stream: int
    packets: tuple[int, int]
    bytes: tuple[int, int]
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class EndSums:
    """One address (with its port, where the layer has ports) in numbers."""

    address: str
    port: int
    packets_sent: int
    bytes_sent: int
    packets_received: int
    bytes_received: int


class TalkTable:
    """All conversations of one layer, as sums."""

    def __init__(self, layer: LayerName, seen: Sightings) -> None:
        self._layer = layer
        source, destination = _ends(seen.keys)
        first, place = distinct(np.concatenate([source, destination])) if len(source) else (np.zeros(0, np.int64),) * 2
        self._ends = np.concatenate([source, destination])[first]
        self._sum(seen, place[: len(source)], place[len(source) :])

    def __len__(self) -> int:
        """How many conversations there are."""
        return len(self._stream)

    def talks(self, top: int | None = None) -> tuple[Talk, ...]:
        """The conversations, most bytes first, up to `top` of them."""
        order = np.argsort(-self._bytes.sum(axis=1), kind="stable")[:top]
        one, other = (self._texts(ends[order]) for ends in (self._one, self._other))
        stream, first, last = (values[order].tolist() for values in (self._stream, self._first, self._last))
        packets, sizes = (map(tuple, values[order].tolist()) for values in (self._packets, self._bytes))
        return tuple(map(Talk, repeat(self._layer), one, other, stream, packets, sizes, first, last))

    def ends(self, top: int | None = None) -> tuple[EndSums, ...]:
        """The ends, most bytes first, up to `top` of them."""
        sums = np.zeros((4, len(self._ends)), np.int64)
        for sender, receiver, way in ((self._one, self._other, 0), (self._other, self._one, 1)):
            np.add.at(sums[0], sender, self._packets[:, way])
            np.add.at(sums[1], sender, self._bytes[:, way])
            np.add.at(sums[2], receiver, self._packets[:, way])
            np.add.at(sums[3], receiver, self._bytes[:, way])
        order = np.argsort(-(sums[1] + sums[3]), kind="stable")[:top]
        return tuple(map(EndSums, *zip(*self._names(order), strict=True), *sums[:, order].tolist())) if len(order) else ()

    def end_count(self) -> int:
        """How many ends there are."""
        return len(self._ends)

    def _sum(self, seen: Sightings, source: Ints, destination: Ints) -> None:
        low, high = np.minimum(source, destination), np.maximum(source, destination)
        code = np.where(seen.stream >= 0, seen.stream, low * len(self._ends) + high)
        _, first, place = np.unique(code, return_index=True, return_inverse=True)
        place = place.reshape(-1)
        turned = seen.direction[first] == 1
        self._stream = seen.stream[first]
        self._one = np.where(turned, destination[first], source[first])
        self._other = np.where(turned, source[first], destination[first])
        # where both ends are the same, only streams know a way back
        back = np.where(seen.stream >= 0, seen.direction, source != self._one[place])
        self._packets = _spread(place, back, seen.packets, len(first))
        self._bytes = _spread(place, back, seen.bytes, len(first))
        self._first, self._last = seen.first[first], seen.last[first]
        np.minimum.at(self._first, place, seen.first)
        np.maximum.at(self._last, place, seen.last)

    def _names(self, ends: Ints) -> Iterator[tuple[str, int]]:
        for high, low, _, _, word in self._ends[ends].tolist():
            yield host_text(word >> 40, high, low), word & 0xFFFF

    def _texts(self, ends: Ints) -> Iterator[str]:
        if self._layer not in _WITH_PORTS:
            return (address for address, _ in self._names(ends))
        return (f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address, port in self._names(ends))


def talk_table(capture: Capture, layer: LayerName) -> TalkTable:
    """Sum up one layer of everything that is indexed."""
    return TalkTable(layer, sightings(capture, layer))


def _ends(keys: Keys) -> tuple[Keys, Keys]:
    """Source and destination of pairs by themselves, each with its port."""
    none = np.zeros(len(keys), np.uint64)
    word = keys[:, 4]
    source = np.stack([keys[:, 0], keys[:, 1], none, none, word & _HEAD | word >> np.uint64(16) & _PORT], axis=1)
    return source, np.stack([keys[:, 2], keys[:, 3], none, none, word & _HEAD | word & _PORT], axis=1)


def _spread(place: Ints, back: NDArray[np.int64], values: Ints, count: int) -> Ints:
    """Sums by conversation and way."""
    sums = np.zeros((count, 2), np.int64)
    np.add.at(sums, (place, back), values)
    return sums

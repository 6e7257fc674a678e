"""Where in a capture the headers of one layer are seen: who sent to whom, how often, how much and when. `talks` makes tables of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from captures import marks
from captures.addresses import ip_text
from captures.arrays import Ints
from captures.capture import Capture
from captures.cursor import Layer
from captures.index import PacketIndex
from captures.indexing import own_transport, transports_of
from captures.link_addresses import ethernet_rows, link_addresses
from captures.pairs import IPV4, IPV6, MAC, Keys, distinct, key_of, keys_array
from captures.peel import Peeled
from workbench.api import Transport

__all__ = ["Sightings", "sightings"]

_NETWORKS = {"ip": IPV4, "ipv6": IPV6}
_PROTOCOLS: dict[str, tuple[Transport, int]] = {"tcp": ("tcp", 6), "udp": ("udp", 17)}
_ADDRESSES_ONLY = ~np.uint64(0xFF_FFFF_FFFF)
_Extra = tuple[tuple[int, int, int, int, int], int, int, int]
"""(key, stream, direction, row)."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """Sums over packets with equal `keys` (directed, as in `captures.pairs`; ports are 0 where the layer has none) and `stream`
    (-1 without), in the order of their first rows. `direction` is 0 unless a stream's server sent them."""

    keys: Keys
    stream: Ints
    direction: Ints
    row: Ints
    packets: Ints
    bytes: Ints
    first: Ints
    last: Ints

    def sorted(self) -> "Sightings":
        """The same by first row."""
        order = np.argsort(self.row, kind="stable")
        return Sightings(*(getattr(self, name)[order] for name in self.__slots__))


def sightings(capture: Capture, layer: str) -> Sightings:
    """All of one layer ("eth", "ip", "ipv6", "tcp", "udp") in what is indexed."""
    if layer == "eth":
        parts = list(_frames(capture))
    elif layer in _NETWORKS:
        parts = [_networks(capture.index, _NETWORKS[layer])]
    else:
        parts = [_streams(capture.index, *_PROTOCOLS[layer])]
    parts.append(_single(capture.index, list(_extras(capture, layer))))
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in Sightings.__slots__)
    return Sightings(*joined).sorted()


def _sums(index: PacketIndex, rows: Ints, place: Ints, count: int) -> tuple[Ints, ...]:
    """(first row, packets, bytes, first time, last time) of `rows` by their `place` among `count`."""
    size, times = index.original_length[rows].astype(np.int64), index.time_ns[rows]
    first_row = np.zeros(count, np.int64)
    first_row[place[::-1]] = rows[::-1]
    packets = np.bincount(place, minlength=count)
    total = np.bincount(place, weights=size, minlength=count).astype(np.int64)
    first, last = index.time_ns[first_row], index.time_ns[first_row]
    np.minimum.at(first, place, times)
    np.maximum.at(last, place, times)
    return first_row, packets, total, first, last


def _streams(index: PacketIndex, transport: Transport, protocol: int) -> Sightings:
    # as in Wireshark, a header that is cut or cannot be does not count
    rows = np.flatnonzero((index.ip_protocol == protocol) & (index.stream >= 0) & ((index.flags & marks.BROKEN) == 0))
    slot = 2 * index.stream[rows].astype(np.int64) + index.direction[rows]
    row, packets, total, first, last = _sums(index, rows, slot, 2 * index.stream_count(transport))
    there = np.flatnonzero(packets)
    keys = index.pairs.keys(index.pair[row[there]].astype(np.int64))
    columns = (column[there] for column in (row, packets, total, first, last))
    return Sightings(keys, there >> 1, there & 1, *columns)


def _networks(index: PacketIndex, version: int) -> Sightings:
    kinds = (index.pairs.metas() >> np.uint64(40)).astype(np.int64)
    rows = np.flatnonzero(index.pair >= 0)
    pair = index.pair[rows].astype(np.int64)
    wanted = kinds[pair] == version
    if version == IPV6:
        # as in Wireshark, fragments of IPv6 count once they are put together, those of IPv4 count each
        wanted &= (index.flags[rows] & marks.FRAGMENT) == 0
    rows, pair = rows[wanted], pair[wanted]
    row, packets, total, first, last = _sums(index, rows, pair, len(kinds))
    there = np.flatnonzero(packets)
    keys = index.pairs.keys(there)
    keys[:, 4] &= _ADDRESSES_ONLY
    columns = (column[there] for column in (row, packets, total, first, last))
    return Sightings(keys, *_nowhere(len(there)), *columns)


def _frames(capture: Capture) -> Iterator[Sightings]:
    for rows, keys in link_addresses(capture, ethernet_rows(capture)):
        first, place = distinct(keys)
        yield Sightings(keys[first], *_nowhere(len(first)), *_sums(capture.index, rows, place, len(first)))


def _nowhere(count: int) -> tuple[Ints, Ints]:
    """Stream and direction of what has neither."""
    return np.full(count, -1, np.int64), np.zeros(count, np.int64)


def _single(index: PacketIndex, extras: list[_Extra]) -> Sightings:
    rows = np.array([row for *_, row in extras], np.int64)
    times = index.time_ns[rows]
    return Sightings(
        keys_array([key for key, *_ in extras]),
        np.array([stream for _, stream, _, _ in extras], np.int64),
        np.array([direction for _, _, direction, _ in extras], np.int64),
        rows,
        np.ones(len(rows), np.int64),
        index.original_length[rows].astype(np.int64),
        times,
        times,
    )


def _extras(capture: Capture, layer: str) -> Iterator[_Extra]:
    """Headers of a layer that are not the one by which the index knows the packet."""
    for row in _with_several(capture.index, layer):
        peeled = capture.peel(row + 1)
        if layer == "eth":
            yield from _inner_frames(peeled, row)
        elif layer in _NETWORKS:
            yield from _other_networks(peeled, layer, row)
        else:
            yield from _other_streams(capture, peeled, layer, row)


def _with_several(index: PacketIndex, layer: str) -> list[int]:
    """Rows of packets that may have such headers."""
    if layer in _PROTOCOLS:
        return sorted(index.nested)
    if layer == "eth":
        several = [names.count("eth") > 1 for names in index.shapes.names]
    else:
        several = [names.count("ip") + names.count("ipv6") > 1 for names in index.shapes.names]
    found: list[int] = np.flatnonzero(np.array(several)[index.column("shape")]).tolist()
    return found


def _inner_frames(peeled: Peeled, row: int) -> Iterator[_Extra]:
    frames = [layer for layer in peeled.layers if layer.kind == "eth" and not layer.broken]
    for layer in frames[1:]:
        at = peeled.buffers[layer.buffer][layer.start : layer.start + 12]
        key = int.from_bytes(at[6:], "big"), 0, int.from_bytes(at[:6], "big"), 0, MAC << 40
        yield key, -1, 0, row


def _other_networks(peeled: Peeled, kind: str, row: int) -> Iterator[_Extra]:
    own = next((layer for layer in reversed(peeled.layers) if layer.kind in _NETWORKS and not layer.quoted), None)
    for layer in peeled.layers:
        if layer.kind == kind and layer is not own and not (layer.quoted or layer.broken):
            yield _key(layer, 0, (0, 0)), -1, 0, row


def _other_streams(capture: Capture, peeled: Peeled, kind: str, row: int) -> Iterator[_Extra]:
    own = own_transport(peeled.layers)
    # a datagram put together from fragments may carry a fragment again, behind which peeling sees more than was numbered
    for layer, (transport, stream) in zip(transports_of(peeled), capture.index.nested[row], strict=False):
        if transport == kind and layer is not own and layer.ports is not None and not (layer.quoted or layer.broken):
            client = capture.index.flow(transport, stream).client
            key = _key(layer, _PROTOCOLS[kind][1], layer.ports)
            yield key, stream, int((ip_text(layer.source), layer.ports[0]) != (client.host, client.port)), row


def _key(layer: Layer, protocol: int, ports: tuple[int, int]) -> tuple[int, int, int, int, int]:
    return key_of(layer.version, layer.source, layer.destination, protocol, ports)

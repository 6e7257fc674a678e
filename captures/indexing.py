"""Fills a packet index: decodes batches of records, numbers pairs and streams, and appends the rows.

Ordinary rows come from the vectorised path, odd ones from `captures.peel`; both end in the same columns.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import fastpath, marks
from captures.arrays import Gather, Ints
from captures.cursor import Layer
from captures.fragments import Fragments
from captures.index import PacketIndex
from captures.pairs import IPV4, IPV6, MAC, NOBODY, key_of, keys_array
from captures.peel import Peeled, peel
from captures.records import Interface, Records
from captures.shapes import link_name, shape_of, tag_shapes
from workbench.api import Transport

__all__ = ["Indexer", "own_transport", "transports_of"]

_TCP, _UDP = 6, 17
_PROTOCOL = {"tcp": _TCP, "udp": _UDP}
_NAMES: dict[int, Transport] = {_TCP: "tcp", _UDP: "udp"}


@dataclass(frozen=True, slots=True)
class _Extra:
    """A transport header that is not its row's own: an outer one around a tunnel, or one that an ICMP error quotes."""

    row: int
    ordinal: int
    transport: int
    key: tuple[int, int, int, int, int]
    seq: int
    ack: int
    flags: int


@dataclass(slots=True)
class _Batch:
    """Columns of one batch while they are being made; `transport` is 6 or 17 for rows with a header of their own, else 0."""

    decoded: fastpath.Decoded
    transport: Ints
    ordinal: Ints
    shape: Ints
    extras: list[_Extra] = field(default_factory=list)


class Indexer:
    """Adds records to an index, in capture order."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._fragments = Fragments()
        self._known: dict[tuple[tuple[Transport, int], ...], tuple[tuple[Transport, int], ...]] = {}

    def add(self, records: Records, interfaces: list[Interface]) -> None:
        """Append one row per record."""
        decoded = _decode(records, interfaces)
        columns = decoded.columns
        transport = np.where(decoded.odd, 0, columns["ip_protocol"])
        transport[(transport != _TCP) & (transport != _UDP)] = 0
        batch = _Batch(decoded, transport, np.zeros(len(records), np.int64), np.zeros(len(records), np.int64))
        _shape(batch, records)
        self._index.links += [link_name(each.link_type) for each in interfaces[len(self._index.links) :]]
        for row in np.flatnonzero(decoded.odd).tolist():
            self._odd(batch, records, row, interfaces)
        columns["flags"] |= records.flags
        numbered = self._number(batch)
        values: dict[str, NDArray[Any]] = {
            **columns,
            **numbered,
            "offset": records.start + records.base,
            "time_ns": records.time_ns,
            "captured_length": records.captured,
            "original_length": records.original,
            "interface": records.interface,
            "shape": batch.shape,
        }
        self._index.rows.append(len(records), values)

    def _odd(self, batch: _Batch, records: Records, row: int, interfaces: list[Interface]) -> None:
        """Peel one packet and write its row."""
        number = len(self._index) + row
        begin, captured = int(records.start[row]), int(records.captured[row])
        link_type = interfaces[int(records.interface[row])].link_type
        data = records.buffer[begin : begin + captured].tobytes()
        peeled = peel(data, int(records.original[row]), link_type, self._fragments, number)
        carriers = transports_of(peeled)
        own = own_transport(peeled.layers)
        facts = _facts(peeled, own, captured)
        if own is not None and own.ports is not None:
            batch.transport[row] = _PROTOCOL[own.kind]
            batch.ordinal[row] = next(place for place, layer in enumerate(carriers) if layer is own)
        if peeled.pieces:
            self._index.assemblies[number] = peeled.pieces[-1]
        if not facts["ip_version"]:
            facts["other"] = self._index.other_number(_name(peeled.layers))
        for name, value in facts.items():
            batch.decoded.columns[name][row] = value
        batch.decoded.columns["flags"][row] |= marks.LAYERED
        batch.decoded.keys[row] = _key(peeled.layers, own)
        batch.shape[row] = self._index.shapes.number(shape_of(peeled.layers, self._index.links[int(records.interface[row])]))
        for ordinal, layer in enumerate(carriers):
            if layer is not own:
                batch.extras.append(_extra(row, ordinal, layer, peeled))

    def _number(self, batch: _Batch) -> dict[str, Ints]:
        """Pairs, streams and directions of the rows; those of extra headers go into `nested`."""
        keys, extras, count = batch.decoded.keys, batch.extras, len(batch.transport)
        if extras:
            keys = np.concatenate([keys, keys_array([extra.key for extra in extras])])
        pair = self._index.pairs.number(keys)
        columns = batch.decoded.columns
        rows = _sighted(np.arange(count), extras, "row")
        ordinal = _sighted(batch.ordinal, extras, "ordinal")
        transport = _sighted(batch.transport, extras, "transport")
        seq, ack = _sighted(columns["seq"], extras, "seq"), _sighted(columns["ack"], extras, "ack")
        flags = _sighted(columns["tcp_flags"], extras, "flags")
        order = np.lexsort((ordinal, rows)) if extras else rows
        stream, direction = np.full(len(pair), -1, np.int64), np.zeros(len(pair), np.int64)
        tcp = order[transport[order] == _TCP]
        stream[tcp], direction[tcp] = self._index.tcp.number(pair[tcp], seq[tcp], ack[tcp], flags[tcp])
        udp = order[transport[order] == _UDP]
        stream[udp], direction[udp] = self._index.udp.number(pair[udp])
        if extras:
            self._note_nested(rows[order], transport[order], stream[order], {extra.row for extra in extras})
        return {"pair": pair[:count], "stream": stream[:count], "direction": direction[:count]}

    def _note_nested(self, rows: Ints, transport: Ints, stream: Ints, wanted: set[int]) -> None:
        """Note the streams of rows that have other transport headers than their own."""
        base = len(self._index)
        found: dict[int, list[tuple[Transport, int]]] = {row: [] for row in wanted}
        wanted_rows = np.isin(rows, np.fromiter(wanted, np.int64)) & (transport > 0)
        for row, kind, number in zip(
            rows[wanted_rows].tolist(), transport[wanted_rows].tolist(), stream[wanted_rows].tolist(), strict=True
        ):
            found[row].append((_NAMES[kind], number))
        for row, streams in found.items():
            # the packets of one tunnelled connection share one tuple
            several = tuple(streams)
            self._index.nested[base + row] = self._known.setdefault(several, several)


def transports_of(peeled: Peeled) -> list[Layer]:
    """The TCP and UDP headers that take part in stream numbering, in order."""
    return [layer for layer in peeled.layers if layer.ports is not None]


def _decode(records: Records, interfaces: list[Interface]) -> fastpath.Decoded:
    """Run the vectorised path once per link type in the batch."""
    link_types = np.array([interface.link_type for interface in interfaces], np.int64)[records.interface]
    kinds = [int(link_types[0])] if (link_types == link_types[0]).all() else sorted(set(link_types.tolist()))
    if len(kinds) == 1:
        return fastpath.decode(records.buffer, records.start, records.captured, records.original, kinds[0])
    count = len(records)
    whole = fastpath.Decoded(
        {name: np.zeros(count, np.int64) for name in fastpath.COLUMNS}, np.zeros((count, 5), np.uint64), np.ones(count, np.bool_)
    )
    for kind in kinds:
        rows = link_types == kind
        part = fastpath.decode(records.buffer, records.start[rows], records.captured[rows], records.original[rows], kind)
        for name, column in part.columns.items():
            whole.columns[name][rows] = column
        whole.keys[rows], whole.odd[rows] = part.keys, part.odd
    return whole


def _shape(batch: _Batch, records: Records) -> None:
    """The shapes of ordinary packets with tags that the column `vlan` does not tell."""
    tagged = np.flatnonzero(~batch.decoded.odd & ((batch.decoded.columns["flags"] & marks.LAYERED) != 0))
    if len(tagged):
        batch.shape[tagged] = tag_shapes(Gather(records.buffer), records.start[tagged])


def own_transport(layers: list[Layer]) -> Layer | None:
    """The transport header of the innermost packet that is not quoted; None where that has none."""
    for layer in reversed(layers):
        if layer.quoted:
            continue
        if layer.kind in _PROTOCOL:
            return layer
        if layer.kind in ("ip", "ipv6"):
            return None
    return None


def _last(layers: list[Layer]) -> Layer | None:
    return next((layer for layer in reversed(layers) if not layer.quoted), None)


def _facts(peeled: Peeled, own: Layer | None, captured: int) -> dict[str, int]:
    """Column values of one peeled packet."""
    last = _last(peeled.layers)
    facts = dict.fromkeys(fastpath.COLUMNS, 0)
    facts["vlan"] = _outer_tag(peeled)
    facts["payload_offset"] = min(captured, 0xFFFF)
    if last is None:
        return facts
    if last.version in (IPV4, IPV6):
        facts["ip_version"], facts["ip_protocol"] = last.version, last.protocol
    facts["flags"] = (marks.FRAGMENT if last.kind == "fragment" else 0) | (marks.BROKEN if last.broken else 0)
    if own is not None:
        facts.update(_transport_facts(peeled, own))
    elif not last.broken:
        start = last.start if last.kind in ("arp", "icmp", "icmpv6", "data", "fragment") else last.payload
        facts["payload_offset"], facts["payload_length"] = min(start, 0xFFFF), max(0, last.end - start)
        facts["flags"] |= marks.TRUNCATED if last.end > len(peeled.buffers[last.buffer]) else 0
    return facts


def _transport_facts(peeled: Peeled, own: Layer) -> dict[str, int]:
    data = peeled.buffers[own.buffer]
    facts: dict[str, int] = {}
    if own.ports is not None:
        facts["source_port"], facts["destination_port"] = own.ports
        if own.kind == "tcp":
            facts["seq"], facts["ack"], facts["tcp_flags"], facts["window"] = _tcp_numbers(data, own.start)
    flags = (marks.ASSEMBLED if own.buffer else 0) | (marks.BROKEN if own.broken else 0)
    facts["payload_offset"] = min(own.payload, 0xFFFF)
    facts["payload_length"] = 0 if own.broken else max(0, own.end - own.payload)
    facts["flags"] = flags | (marks.TRUNCATED if not own.broken and own.end > len(data) else 0)
    return facts


def _tcp_numbers(data: bytes, at: int) -> tuple[int, int, int, int]:
    """(seq, ack, flags, window); what was cut off is 0."""
    header = data[at : at + 16].ljust(16, b"\0")
    return (
        int.from_bytes(header[4:8], "big"),
        int.from_bytes(header[8:12], "big"),
        int.from_bytes(header[12:14], "big") & 0x0FFF,
        int.from_bytes(header[14:16], "big"),
    )


def _outer_tag(peeled: Peeled) -> int:
    for layer in peeled.layers:
        if layer.kind in ("vlan", "ieee8021ad") and not layer.broken:
            return int.from_bytes(peeled.buffers[layer.buffer][layer.start : layer.start + 2], "big") & 0x0FFF
    return -1


def _key(layers: list[Layer], own: Layer | None) -> tuple[int, int, int, int, int]:
    last = _last(layers)
    if last is None or last.version == NOBODY:
        return 0, 0, 0, 0, 0
    if last.version == MAC:
        return key_of(MAC, last.source, last.destination, 0, (0, 0))
    ports = own.ports if own is not None and own.ports is not None else (0, 0)
    return key_of(last.version, last.source, last.destination, last.protocol, ports)


def _extra(row: int, ordinal: int, layer: Layer, peeled: Peeled) -> _Extra:
    transport = _PROTOCOL[layer.kind]
    assert layer.ports is not None
    key = key_of(layer.version, layer.source, layer.destination, transport, layer.ports)
    seq, ack, flags, _ = _tcp_numbers(peeled.buffers[layer.buffer], layer.start) if transport == _TCP else (0, 0, 0, 0)
    return _Extra(row, ordinal, transport, key, seq, ack, flags)


def _sighted(own: Ints, extras: list[_Extra], name: str) -> Ints:
    if not extras:
        return own
    return np.concatenate([own, np.array([getattr(extra, name) for extra in extras], np.int64)])


def _name(layers: list[Layer]) -> str:
    names = [layer.kind for layer in layers if layer.kind not in ("data", "fragment")]
    return {"arp": "ARP", "eth": "Ethernet", "llc": "LLC", "vlan": "VLAN"}.get(names[-1], names[-1].upper()) if names else "data"

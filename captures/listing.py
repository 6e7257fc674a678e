"""The packet list without a screen: one flat object per packet with Wireshark's field names, or one line of text.

Ordinary packets are listed from index columns alone; packets with tunnels, several tags or damage are peeled again.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from captures import marks
from captures.addresses import ip_text
from captures.arrays import Ints
from captures.capture import Capture
from captures.cursor import Layer
from captures.pairs import IPV4, IPV6
from captures.peel import Peeled
from captures.times import epoch_text

__all__ = ["listing_lines", "packet_object", "packet_text"]

_BLOCK = 16_384
_TCP, _UDP = 6, 17
_SHORTEST_TCP = 20
_LINE_COLUMNS = (
    "original_length",
    "captured_length",
    "flags",
    "vlan",
    "pair",
    "ip_protocol",
    "stream",
    "payload_length",
    "tcp_flags",
)
_FLAG_NAMES = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE")


def packet_object(capture: Capture, row: int) -> dict[str, Any]:
    """One packet (row from 0) as flat fields; a field that occurs several times is a list in wire order."""
    index = capture.index
    flags = int(index.flags[row])
    fields: dict[str, Any] = {"frame.number": row + 1}
    if not flags & marks.TIMELESS:
        fields["frame.time_epoch"] = epoch_text(int(index.time_ns[row]))
    fields["frame.len"] = int(index.original_length[row])
    fields["frame.cap_len"] = int(index.captured_length[row])
    if flags & marks.LAYERED:
        return _peeled_object(capture, row, fields)
    if index.vlan[row] >= 0:
        fields["vlan.id"] = int(index.vlan[row])
    version, protocol = int(index.ip_version[row]), int(index.ip_protocol[row])
    if version:
        prefix = "ip" if version == IPV4 else "ipv6"
        fields[f"{prefix}.src"], fields[f"{prefix}.dst"] = index.hosts(row)
    if index.stream[row] >= 0:
        name = "tcp" if protocol == _TCP else "udp"
        fields[f"{name}.srcport"], fields[f"{name}.dstport"] = int(index.source_port[row]), int(index.destination_port[row])
        fields[f"{name}.stream"] = int(index.stream[row])
        if protocol == _TCP:
            fields["tcp.len"], fields["tcp.flags"] = int(index.payload_length[row]), int(index.tcp_flags[row])
    return fields


def listing_lines(capture: Capture, rows: Ints) -> Iterator[str]:
    """The same as JSON text, one line per row (ascending), without line ends."""
    index = capture.index
    parties: dict[int, str] = {}
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        seconds, rest = np.divmod(index.time_ns[block], 1_000_000_000)
        columns = (index.column(name)[block].tolist() for name in _LINE_COLUMNS)
        for row, second, fraction, length, captured, flags, vlan, pair, protocol, stream, payload, bits in zip(
            block.tolist(), seconds.tolist(), rest.tolist(), *columns, strict=True
        ):
            if flags & (marks.LAYERED | marks.TIMELESS) or second < 0:
                yield json.dumps(packet_object(capture, row), separators=(",", ":"))
                continue
            who = parties.get(pair)
            if who is None:
                who = parties[pair] = _parties(capture, pair)
            tag = f',"vlan.id":{vlan}' if vlan >= 0 else ""
            line = (
                f'{{"frame.number":{row + 1},"frame.time_epoch":"{second}.{fraction:09d}",'
                f'"frame.len":{length},"frame.cap_len":{captured}{tag}{who}'
            )
            if stream < 0:
                yield line + "}"
            elif protocol == _TCP:
                yield f'{line},"tcp.stream":{stream},"tcp.len":{payload},"tcp.flags":{bits}}}'
            else:
                yield f'{line},"udp.stream":{stream}}}'


def _parties(capture: Capture, pair: int) -> str:
    """The addresses and ports of a pair as JSON members, each with a comma before it; "" for what is not IP."""
    pairs = capture.index.pairs
    word = int(pairs.metas()[pair])
    version, protocol = word >> 40, word >> 32 & 0xFF
    if version not in (IPV4, IPV6):
        return ""
    prefix = "ip" if version == IPV4 else "ipv6"
    source, destination = pairs.hosts(pair)
    text = f',"{prefix}.src":"{source}","{prefix}.dst":"{destination}"'
    if protocol in (_TCP, _UDP):
        name = "tcp" if protocol == _TCP else "udp"
        ports = pairs.ports(pair)
        text += f',"{name}.srcport":{ports[0]},"{name}.dstport":{ports[1]}'
    return text


def packet_text(capture: Capture, row: int, origin_ns: int | None = None) -> str:
    """One packet as a line: number, seconds since `origin_ns` (default: the first packet), addresses, protocol, length, ports."""
    index = capture.index
    origin = int(index.time_ns[0]) if origin_ns is None else origin_ns
    source, destination = index.hosts(row)
    seconds = epoch_text(int(index.time_ns[row]) - origin)
    return (
        f"{row + 1:>5} {seconds:>14} {source} → {destination} {index.protocol(row)} {int(index.original_length[row])} "
        f"{packet_info(capture, row)}"
    ).rstrip()


def packet_info(capture: Capture, row: int) -> str:
    """What the columns say about a packet beyond its addresses: ports, TCP flags, numbers and length."""
    index = capture.index
    flags = int(index.flags[row])
    if flags & marks.FRAGMENT:
        return "fragment of an IP packet"
    if index.stream[row] < 0:
        return "cut short or damaged" if flags & marks.BROKEN else ""
    ports = f"{int(index.source_port[row])} → {int(index.destination_port[row])}"
    length = f"Len={int(index.payload_length[row])}"
    if index.ip_protocol[row] == _UDP:
        return f"{ports} {length}"
    bits = int(index.tcp_flags[row])
    names = ", ".join(name for bit, name in enumerate(_FLAG_NAMES) if bits >> bit & 1)
    return f"{ports} [{names}] Seq={int(index.seq[row])} Ack={int(index.ack[row])} Win={int(index.window[row])} {length}"


def _peeled_object(capture: Capture, row: int, fields: dict[str, Any]) -> dict[str, Any]:
    peeled = capture.peel(row + 1)
    lists: dict[str, list[Any]] = {}
    for name, value in _peeled_values(peeled):
        lists.setdefault(name, []).append(value)
    for transport, stream in capture.streams_of(row + 1):
        lists.setdefault(f"{transport}.stream", []).append(stream)
    for name, found in lists.items():
        fields[name] = found[0] if len(found) == 1 else found
    return fields


def _peeled_values(peeled: Peeled) -> Iterator[tuple[str, Any]]:
    for layer in peeled.layers:
        data = peeled.buffers[layer.buffer]
        if layer.kind == "vlan" and not layer.broken:
            yield "vlan.id", int.from_bytes(data[layer.start : layer.start + 2], "big") & 0x0FFF
        elif layer.kind in ("ip", "ipv6") and layer.version in (IPV4, IPV6) and not layer.broken:
            yield f"{layer.kind}.src", ip_text(layer.source)
            yield f"{layer.kind}.dst", ip_text(layer.destination)
        elif layer.ports is not None:
            yield f"{layer.kind}.srcport", layer.ports[0]
            yield f"{layer.kind}.dstport", layer.ports[1]
            if layer.kind == "tcp":
                yield from _tcp_values(layer, data)


def _tcp_values(layer: Layer, data: bytes) -> Iterator[tuple[str, Any]]:
    """As tshark: no flags behind a header length that cannot be, no payload length where the segment is only quoted."""
    header = (data[layer.start + 12] >> 4) * 4
    if header >= _SHORTEST_TCP:
        yield "tcp.flags", int.from_bytes(data[layer.start + 12 : layer.start + 14], "big") & 0x0FFF
    if not layer.quoted and layer.end - layer.start >= header:
        yield "tcp.len", layer.end - layer.start - header

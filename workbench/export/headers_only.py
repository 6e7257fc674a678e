"""One packet without what it says and without who said it: addresses under pseudonyms, nothing behind the transport header.

What is not known to be harmless is cut off or overwritten: options with addresses or tokens in them, quoted data, headers of layers that
are not listed here, padding and trailers. Checksums are made right for a packet whose missing bytes are zeros.
"""

from collections.abc import Callable

from captures.checksums import checksum, pseudo_header
from captures.cursor import Layer
from captures.peel import peel
from workbench.api import Packet
from workbench.export.pseudonyms import Pseudonyms

__all__ = ["headers_only"]

_TCP, _UDP, _ICMPV6 = 6, 17, 58
_END, _NOP = 0, 1
_KEPT_OPTIONS = {2: 4, 3: 3, 4: 2, 8: 10}
"""Kind and length of the TCP options that stay (RFC 9293 3.2, RFC 7323, RFC 2018): sizes, scales and clocks. SACK blocks stay, too."""
_SACK = 5
_SUMMED = {"tcp": (_TCP, 16), "udp": (_UDP, 6), "icmpv6": (_ICMPV6, 2)}
"""Layers whose checksum covers addresses: protocol number, and where it stands."""
_ECHO = {0, 8, 128, 129}
"""ICMP and ICMPv6 types whose second four bytes are an identifier and a number."""
_PAD1 = 0

_Rewriter = Callable[[bytearray, Layer, Pseudonyms], int]
"""Changes a header in place and gives the place up to which the packet may be kept."""


def headers_only(packet: Packet, pseudonyms: Pseudonyms) -> bytes:
    """The bytes to keep of a packet; b"" where its outermost header is not known. Never raises."""
    data = bytearray(packet.data)
    keep = 0
    done: list[Layer] = []
    for layer in peel(packet.data, packet.original_length, packet.link_type).layers:
        rewrite = _REWRITERS.get(layer.kind)
        whole = layer.payload <= len(data) or (layer.kind == "tcp" and layer.start + 20 <= len(data))
        if rewrite is None or layer.broken or layer.buffer or not whole or layer.start != keep:
            break
        keep = rewrite(data, layer, pseudonyms)
        done.append(layer)
        if keep < layer.payload:
            break
    kept = data[:keep]
    for layer in reversed(done):  # what lies inside first: a tunnel's checksum covers it
        _sum(kept, layer, pseudonyms)
    return bytes(kept)


def _ethernet(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:
    for at in (layer.start, layer.start + 6):
        data[at : at + 6] = pseudonyms.mac(bytes(data[at : at + 6]))
    return layer.payload


def _cooked(length_at: int, address_at: int) -> _Rewriter:
    """Linux cooked captures: the address has its length before it, and room for eight bytes."""

    def rewrite(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:
        at = layer.start + address_at
        size = min(8, int.from_bytes(data[layer.start + length_at : at][: 2 if length_at == 4 else 1], "big"))
        data[at : at + 8] = (pseudonyms.mac(bytes(data[at : at + size])) if size else b"").ljust(8, b"\0")
        return layer.payload

    return rewrite


def _as_it_is(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:  # noqa: ARG001 - one of many
    return layer.payload


def _arp(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:
    """RFC 826 for Ethernet and IPv4; other kinds lose their addresses."""
    at = layer.start + 8
    if data[layer.start + 4 : layer.start + 6] != b"\x06\x04":
        return at
    for side in (at, at + 10):
        data[side : side + 6] = pseudonyms.mac(bytes(data[side : side + 6]))
        data[side + 6 : side + 10] = pseudonyms.ip(bytes(data[side + 6 : side + 10]))
    return layer.payload


def _ip(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:
    for at in (layer.start + 12, layer.start + 16):
        data[at : at + 4] = pseudonyms.ip(bytes(data[at : at + 4]))
    data[layer.start + 20 : layer.payload] = bytes([_NOP]) * (layer.payload - layer.start - 20)
    return layer.payload


def _ipv6(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:
    for at in (layer.start + 8, layer.start + 24):
        data[at : at + 16] = pseudonyms.ip(bytes(data[at : at + 16]))
    return layer.payload


def _extension(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:  # noqa: ARG001 - one of many
    """Options may hold addresses (RFC 6275 6.3): padding takes their place."""
    data[layer.start + 2 : layer.payload] = bytes([_PAD1]) * (layer.payload - layer.start - 2)
    return layer.payload


def _tcp(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:  # noqa: ARG001 - one of many
    at, end = layer.start + 20, min(layer.payload, len(data))
    while at < end:
        kind = data[at]
        length = 1 if kind == _NOP else data[at + 1] if at + 1 < end else 0
        if kind == _END or length < (1 if kind == _NOP else 2) or at + length > end:
            data[at:end] = bytes([_NOP]) * (end - at)
            break
        if kind != _NOP and _KEPT_OPTIONS.get(kind) != length and (kind != _SACK or length % 8 != 2):
            data[at : at + length] = bytes([_NOP]) * length
        at += length
    return end


def _icmp(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> int:  # noqa: ARG001 - one of many
    """Type and code; a redirect's gateway and a neighbour's address go, a quoted packet is a layer of its own."""
    end = min(layer.start + 8, len(data))
    if data[layer.start] not in _ECHO:
        data[layer.start + 4 : end] = bytes(end - layer.start - 4)
    return end


_REWRITERS: dict[str, _Rewriter] = {
    "eth": _ethernet,
    "sll": _cooked(4, 6),
    "sll2": _cooked(11, 12),
    "vlan": _as_it_is,
    "ieee8021ad": _as_it_is,
    "null": _as_it_is,
    "llc": _as_it_is,
    "ppp": _as_it_is,
    "pppoes": _as_it_is,
    "mpls": _as_it_is,
    "gre": _as_it_is,
    "vxlan": _as_it_is,
    "arp": _arp,
    "ip": _ip,
    "ipv6": _ipv6,
    "ipv6.hopopts": _extension,
    "ipv6.dstopts": _extension,
    "ipv6.fraghdr": _as_it_is,
    "tcp": _tcp,
    "udp": _as_it_is,
    "icmp": _icmp,
    "icmpv6": _icmp,
}


def _sum(data: bytearray, layer: Layer, pseudonyms: Pseudonyms) -> None:
    """Make the checksum of one header right; bytes that were cut off count as zeros."""
    if layer.kind == "ip":
        _put(data, layer.start + 10, layer.start, layer.payload)
    elif layer.kind == "icmp":
        _put(data, layer.start + 2, layer.start, len(data))
    elif layer.kind in _SUMMED and layer.source:
        protocol, offset = _SUMMED[layer.kind]
        at = layer.start + offset
        if protocol == _UDP and data[at : at + 2] == b"\0\0":
            return  # the sender made none (RFC 768)
        parties = pseudonyms.ip(layer.source), pseudonyms.ip(layer.destination)
        pseudo = pseudo_header(*parties, protocol, max(0, layer.end - layer.start))
        _put(data, at, layer.start, len(data), pseudo)
        if protocol == _UDP and data[at : at + 2] == b"\0\0":
            data[at : at + 2] = b"\xff\xff"


def _put(data: bytearray, at: int, start: int, end: int, before: bytes = b"") -> None:
    """Write the checksum of `before` and `data[start:end]` to its place among them."""
    data[at : at + 2] = b"\0\0"
    data[at : at + 2] = checksum(before + bytes(data[start:end])).to_bytes(2, "big")

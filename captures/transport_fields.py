"""Field trees of TCP with its options, and of UDP. Names are Wireshark's."""

from collections.abc import Callable

from captures.checksums import pseudo_header, verify
from captures.cursor import Layer
from captures.network_fields import checked
from captures.tree import Tree
from workbench.api import Field

__all__ = ["CHECKED_FIELDS", "SHOWN_PAYLOAD"]

SHOWN_PAYLOAD = 65_536
"""Payload bytes that a field carries as its value: more than any segment on a wire has."""

_FLAGS = (
    ("Accurate ECN", "tcp.flags.ae", 103),
    ("CWR", "tcp.flags.cwr", 104),
    ("ECE", "tcp.flags.ece", 105),
    ("URG", "tcp.flags.urg", 106),
    ("ACK", "tcp.flags.ack", 107),
    ("PSH", "tcp.flags.push", 108),
    ("RST", "tcp.flags.reset", 109),
    ("SYN", "tcp.flags.syn", 110),
    ("FIN", "tcp.flags.fin", 111),
)
_END, _NOP, _MSS, _WINDOW_SCALE, _SACK_PERMITTED, _SACK, _TIMESTAMP, _MD5, _FAST_OPEN = 0, 1, 2, 3, 4, 5, 8, 19, 34
_OPTIONS = {
    _END: "End of Option List",
    _NOP: "No-Operation",
    _MSS: "Maximum Segment Size",
    _WINDOW_SCALE: "Window Scale",
    _SACK_PERMITTED: "SACK Permitted",
    _SACK: "SACK",
    _TIMESTAMP: "Time Stamp Option",
    14: "Alternate Checksum Request",
    _MD5: "MD5 Signature Option",
    28: "User Timeout Option",
    29: "Authentication Option",
    30: "Multipath TCP",
    _FAST_OPEN: "Fast Open Cookie",
}


def _tcp(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    """RFC 9293 section 3.1; the AE flag is of RFC 9768."""
    tree = Tree(data, layer.start)
    source, destination = _ports(tree, "tcp")
    tree.number("Sequence Number (raw)", "tcp.seq_raw", 4, 4)
    tree.number("Acknowledgment number (raw)", "tcp.ack_raw", 8, 4)
    header = tree.bits("Header Length", "tcp.hdr_len", 96, 100, factor=4)
    tree.flags("Flags", "tcp.flags", 100, 112, _FLAGS, form="#05x")
    tree.number("Window", "tcp.window_size_value", 14, 2)
    tree.number("Checksum", "tcp.checksum", 16, 2, form="#06x")
    _check(tree, layer, 16, 6, verify_checksums=verify_checksums)
    tree.number("Urgent Pointer", "tcp.urgent_pointer", 18, 2)
    if min(header, len(data) - layer.start) > 20:
        _options(tree, min(header, len(data) - layer.start))
    length = max(0, layer.end - layer.payload)
    if not layer.broken and not layer.quoted:
        place = min(layer.payload, len(data))
        tree.add(Field("TCP Segment Len", place, place, length, abbrev="tcp.len", generated=True))
    text = f"Src Port: {source}, Dst Port: {destination}, Len: {length}"
    return tree.done("Transmission Control Protocol", "tcp", layer.payload, text=text, error=layer.broken)


def _udp(data: bytes, layer: Layer, verify_checksums: bool) -> Field:
    """RFC 768."""
    tree = Tree(data, layer.start)
    source, destination = _ports(tree, "udp")
    tree.number("Length", "udp.length", 4, 2)
    value = tree.number("Checksum", "udp.checksum", 6, 2, {0: "0x0000 [none: zero means not computed]"}, form="#06x")
    _check(tree, layer, 6, 17, verify_checksums=verify_checksums and value != 0)
    text = f"Src Port: {source}, Dst Port: {destination}"
    return tree.done("User Datagram Protocol", "udp", layer.payload, text=text, error=layer.broken)


def _ports(tree: Tree, name: str) -> tuple[int, int]:
    return tree.number("Source Port", f"{name}.srcport", 0, 2), tree.number("Destination Port", f"{name}.dstport", 2, 2)


def _check(tree: Tree, layer: Layer, at: int, protocol: int, *, verify_checksums: bool) -> None:
    """Judge the checksum field just added, where the whole segment is there."""
    whole = layer.end <= len(tree.data) and not (layer.broken or layer.quoted or layer.part) and layer.source
    if verify_checksums and whole:
        segment = tree.data[layer.start : layer.end]
        pseudo = pseudo_header(layer.source, layer.destination, protocol, len(segment))
        tree.fields[-1] = checked(tree.fields[-1], *verify(segment, at, pseudo))


def _options(tree: Tree, header: int) -> None:
    """RFC 9293 section 3.1: single bytes 0 and 1, else kind, length, value."""
    found: list[Field] = []
    at = 20
    while at < header:
        kind = tree.data[tree.start + at]
        length = 1 if kind <= _NOP else tree.data[tree.start + at + 1] if at + 1 < header else 0
        name = _OPTIONS.get(kind, f"Option {kind}")
        if length < (1 if kind <= _NOP else 2) or at + length > header:
            found.append(Field(name, tree.start + at, tree.start + header, kind, error="its length cannot be"))
            break
        found.append(_option(tree, at, kind, length, name))
        at += length
        if kind == _END:
            break
    tree.below("Options", 20, header, found, abbrev="tcp.options")


def _option(tree: Tree, at: int, kind: int, length: int, name: str) -> Field:
    option = Tree(tree.data, tree.start + at)
    option.number("Kind", "tcp.option_kind", 0, 1, _OPTIONS)
    if length > 1:
        option.number("Length", "tcp.option_len", 1, 1)
    values = {_MSS: _mss, _WINDOW_SCALE: _scale, _TIMESTAMP: _timestamp, _SACK: _sack, _MD5: _digest, _FAST_OPEN: _cookie}
    value = values.get(kind, _unknown if kind > _SACK_PERMITTED else None)
    if value is not None:
        value(option, length)
    text = next((str(field.value) for field in option.fields[2:3] if isinstance(field.value, int)), "")
    return option.done(name, "", tree.start + at + length, text=text)


def _mss(option: Tree, length: int) -> None:
    if length == 4:
        option.number("MSS Value", "tcp.options.mss_val", 2, 2)


def _scale(option: Tree, length: int) -> None:
    if length == 3:
        option.number("Shift count", "tcp.options.wscale.shift", 2, 1)


def _timestamp(option: Tree, length: int) -> None:
    if length == 10:
        option.number("Timestamp value", "tcp.options.timestamp.tsval", 2, 4)
        option.number("Timestamp echo reply", "tcp.options.timestamp.tsecr", 6, 4)


def _sack(option: Tree, length: int) -> None:
    for at in range(2, length - 7, 8):
        option.number("Left edge (raw)", "", at, 4)
        option.number("Right edge (raw)", "", at + 4, 4)


def _digest(option: Tree, length: int) -> None:
    option.raw("MD5 digest", "tcp.options.md5.digest", 2, length - 2)


def _cookie(option: Tree, length: int) -> None:
    option.raw("Fast Open Cookie", "tcp.options.tfo.cookie", 2, length - 2)


def _unknown(option: Tree, length: int) -> None:
    option.raw("Payload", "tcp.options.unknown.payload", 2, length - 2)


CHECKED_FIELDS: dict[str, Callable[[bytes, Layer, bool], Field]] = {"tcp": _tcp, "udp": _udp}

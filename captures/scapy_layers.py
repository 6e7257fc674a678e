"""Headers that this project has no decoder for, as scapy understands them: one of the two files that touch scapy.

scapy's import takes most of a second and has side effects, so it happens on the first call. Its results are copied into our fields; its
filter names begin with "scapy." because they are not Wireshark's.
"""

import logging
import warnings
from functools import lru_cache
from typing import Any

from captures.peel import peel
from workbench.api import Field, Packet

__all__ = ["MAX_BYTES", "MAX_LAYERS", "further_layers"]

MAX_BYTES = 65_535
"""Bytes of a packet that scapy is shown: it is slow, and nothing longer than an IP packet needs it."""
MAX_LAYERS = 32
"""Layers taken from scapy: what lies deeper is data that happens to look like headers."""
_MAX_TEXT = 200
_RAW = ("Raw", "Padding", "NoPayload")


def further_layers(packet: Packet) -> tuple[Field, ...]:
    """Branches for what follows the headers that `captures.layers` shows, outermost first; () where scapy knows nothing either.

    Never raises: a header that scapy stumbles over is not shown.
    """
    found = peel(packet.data, packet.original_length, packet.link_type).layers
    known = [layer for layer in found if layer.kind != "data"]
    if not known or known[-1].broken or len(packet.data) > MAX_BYTES:
        return ()
    start = known[-1].payload
    try:
        return _dissected(packet, start)
    except Exception:  # scapy's dissectors raise whatever they like on hostile bytes
        return ()


def _dissected(packet: Packet, start: int) -> tuple[Field, ...]:
    first = _scapy().get(packet.link_type)
    if first is None:
        return ()
    fields: list[Field] = []
    layer, at = first(packet.data), 0
    for _ in range(MAX_LAYERS):
        header = layer.raw_packet_cache
        if header is None or type(layer).__name__ in _RAW or packet.data[at : at + len(header)] != header:
            break
        if at >= start:
            fields.append(_branch(layer, header, at))
        at += len(header)
        layer = layer.payload
    # a first layer that begins elsewhere means that we and scapy disagree about the headers before it
    return tuple(fields) if fields and fields[0].start == start else ()


@lru_cache(maxsize=1)
def _scapy() -> dict[int, Any]:
    """Import scapy; gives its first layer for each link type."""
    logging.getLogger("scapy").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.config import conf
        from scapy.layers import all as every_layer  # noqa: F401
    return {number: layer for number, layer in conf.l2types.num2layer.items() if isinstance(number, int)}


def _branch(layer: Any, header: bytes, at: int) -> Field:
    name = str(layer.name)
    children = _children(layer, header, at)
    return Field(name, at, at + len(header), None, children, f"scapy.{_word(type(layer).__name__)}", _cut(layer.summary()))


def _children(layer: Any, header: bytes, at: int) -> tuple[Field, ...]:
    """The fields of a layer; their places are found by reading the header once more, field by field."""
    prefix = f"scapy.{_word(type(layer).__name__)}"
    fields: list[Field] = []
    rest: Any = header
    for descriptor in layer.fields_desc:
        begin = _consumed(header, rest)
        if not rest and begin[0] >= len(header):
            break
        rest, value = descriptor.getfield(layer, rest)
        end = _consumed(header, rest)
        if begin == end:
            continue
        shown = _cut(descriptor.i2repr(layer, value))
        last = end[0] + (end[1] > 0)
        bits = None
        if begin[1] or end[1]:
            bits = (8 * (at + begin[0]) + begin[1], 8 * (at + end[0]) + end[1])
        plain, text = _plain(value, shown)
        fields.append(
            Field(
                descriptor.name,
                at + begin[0],
                at + last,
                plain,
                abbrev=f"{prefix}.{_word(descriptor.name)}",
                text=text,
                bits=bits,
            )
        )
    return tuple(fields)


def _consumed(header: bytes, rest: Any) -> tuple[int, int]:
    """(bytes, bits) read so far; in the middle of a byte scapy passes (bytes, bits read of the first one)."""
    if isinstance(rest, tuple):
        return len(header) - len(rest[0]), int(rest[1])
    return len(header) - len(rest), 0


def _plain(value: Any, shown: str) -> tuple[Any, str]:
    """A value of ours and what to show instead of it."""
    number = getattr(value, "value", value)  # a set of flags holds its number there
    if isinstance(number, bool | int | float):
        return number, "" if shown == str(number) else shown
    if isinstance(value, bytes | str):
        return value, ""
    return shown, ""


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def _cut(text: Any) -> str:
    """scapy's own words, without control characters and of bearable length."""
    clean = "".join(letter if letter.isprintable() else "·" for letter in str(text))
    return clean if len(clean) <= _MAX_TEXT else clean[:_MAX_TEXT] + "…"

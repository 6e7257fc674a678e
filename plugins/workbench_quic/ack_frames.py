"""ACK frames, with and without ECN counts (RFC 9000 19.3)."""

from workbench.api import Field
from workbench_quic.frame_items import Ack
from workbench_quic.frame_types import Type
from workbench_quic.names import Codes
from workbench_quic.type_fields import type_field
from workbench_quic.varints import varint

__all__ = ["MOST_RANGES", "read_ack"]

MOST_RANGES = 512
"""Ranges of one frame that are opened: common receivers send at most 32 to 256. Those of a frame of 64 KB would be thirty thousand."""

_ECN = (
    ("ECT(0) Count", "quic.ack.ect0_count"),
    ("ECT(1) Count", "quic.ack.ect1_count"),
    ("ECN-CE Count", "quic.ack.ecn_ce_count"),
)


def read_ack(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Ack, Field]:
    """ACK. Raises `IndexError` where the payload ends too early."""
    largest, two = varint(data, at)
    delay, three = varint(data, two)
    count, four = varint(data, three)
    first, end = varint(data, four)
    name = "ACK" if kind == Type.ACK else "ACK_ECN"
    children = [
        type_field(start, at, kind, name, view),
        Field("Largest Acknowledged", at, two, largest, (), "quic.ack.largest_acknowledged", "", "", view),
        Field("ACK Delay", two, three, delay, (), "quic.ack.ack_delay", "", "", view),
        Field("ACK Range Count", three, four, count, (), "quic.ack.ack_range_count", "", "", view),
        Field("First ACK Range", four, end, first, (), "quic.ack.first_ack_range", "", "", view),
    ]
    ranges = [(largest - first, largest)] if first <= largest else []
    broken = first > largest
    if count:
        broken, end = _more(data, end, count, (largest - first, broken), ranges, children, view)
    ecn: tuple[int, ...] = ()
    if kind != Type.ACK:
        for title, abbrev in _ECN:
            at = end
            value, end = varint(data, at)
            ecn = (*ecn, value)
            children.append(Field(title, at, end, value, (), abbrev, "", "", view))
    text = f"up to {largest}" if count or first < largest else f"{largest}"
    node = Field(name, start, end, None, tuple(children), "quic.frame", text, "", view)
    return Ack(kind, start, end, largest, delay, tuple(ranges), ecn, broken, count < MOST_RANGES), node


def _more(
    data: bytes, end: int, count: int, low: tuple[int, bool], ranges: list[tuple[int, int]], children: list[Field], view: int
) -> tuple[bool, int]:
    """The ranges after the first, of which `low` is the lowest number and whether it is below zero; whether they go below, and where
    they end."""
    lowest, broken = low
    if count > len(data):  # each takes two bytes; a count of 2**62 must not be counted down
        raise IndexError
    for _ in range(min(count, MOST_RANGES - 1)):
        at = end
        gap, middle = varint(data, at)
        size, end = varint(data, middle)
        highest = lowest - gap - 2
        lowest = highest - size
        broken = broken or lowest < 0
        text = "" if broken else f"packets {lowest} to {highest}"
        children.append(Field("Gap", at, middle, gap, (), "quic.ack.gap", "", "", view))
        children.append(Field("ACK Range", middle, end, size, (), "quic.ack.ack_range", text, "", view))
        if not broken:
            ranges.append((lowest, highest))
    begin = end
    for _ in range(2 * (count - MOST_RANGES + 1)):
        _, end = varint(data, end)
    if end > begin:
        children.append(Field("More ranges", begin, end, None, (), "", f"{count - MOST_RANGES + 1}, not opened", "", view))
    return broken, end

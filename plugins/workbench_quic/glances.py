"""The payload of an ordinary 1-RTT packet at a glance: what `frames` would find, without making a single field.

Made for long transfers, of which most packets hold STREAM data, one acknowledgement, a raised limit. Everything else, and whatever is
remarkable in the least, is left to `frames`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from workbench_quic.control_frames import NUMBERS
from workbench_quic.frame_items import Ack, Item, Numbers, Plain, Stream
from workbench_quic.frame_types import Type
from workbench_quic.varints import LARGEST, varint

__all__ = ["MOST_RANGES", "Glance", "glance", "zeros_end"]

MOST_FRAMES = 32
"""Frames of one packet that are ordinary; a packet full of small ones is worth a closer look."""

MOST_RANGES = 64
"""Ranges of an acknowledgement that are ordinary."""

Flat = dict[str, Any]
"""Values by filter name, as `flatten_fields` has them."""


class Glance(NamedTuple):
    """The frames of a payload, and what the fields of all of them would say."""

    items: tuple[Item, ...]
    flat: Flat


def glance(data: bytes) -> Glance | None:
    """What a decrypted payload holds; None where that is not ordinary."""
    items: list[Item] = []
    flat: Flat = {}
    at, end = 0, len(data)
    try:
        while at < end:
            reader = _READERS.get(data[at])
            if reader is None or len(items) == MOST_FRAMES:
                return None
            more: Flat = {}
            item = reader(data, at, more if items else flat)
            if item is None:
                return None
            if items:
                _merge(flat, more)
            items.append(item)
            at = item.end
    except IndexError:
        return None
    return Glance(tuple(items), flat) if items else None


def _merge(flat: Flat, more: Flat) -> None:
    """What a further frame says, behind what the ones before it said."""
    for name, value in more.items():
        known = flat.get(name)
        if known is None:
            flat[name] = value
            continue
        values = value if type(value) is list else [value]
        flat[name] = [*known, *values] if type(known) is list else [known, *values]


def _stream(data: bytes, start: int, flat: Flat) -> Stream | None:
    kind = data[start]
    flat["quic.frame_type"] = kind
    flat["quic.stream.off"] = kind & 4 > 0
    flat["quic.stream.len"] = kind & 2 > 0
    flat["quic.stream.fin"] = fin = kind & 1 > 0
    at = start + 2
    stream = data[start + 1]
    if stream >= 0x40:
        stream, at = varint(data, start + 1)
    flat["quic.stream.stream_id"] = stream
    flat["quic.stream.direction"] = stream >> 1 & 1
    flat["quic.stream.initiator"] = stream & 1
    offset = 0
    if kind & 4:
        offset, at = varint(data, at)
        flat["quic.stream.offset"] = offset
    if kind & 2:
        length, at = varint(data, at)
        flat["quic.stream.length"] = length
        end = at + length
        if end > len(data):
            return None
    else:
        end = len(data)
    content = data[at:end]
    if content:
        if offset + len(content) > LARGEST:
            return None
        flat["quic.stream_data"] = content.hex()
    return Stream(kind, start, end, stream, offset, content, fin)


def _ack(data: bytes, start: int, flat: Flat) -> Ack | None:
    largest, at = varint(data, start + 1)
    delay, at = varint(data, at)
    count, at = varint(data, at)
    first, at = varint(data, at)
    if count > MOST_RANGES or first > largest:
        return None
    flat["quic.frame_type"] = int(Type.ACK)
    flat["quic.ack.largest_acknowledged"] = largest
    flat["quic.ack.ack_delay"] = delay
    flat["quic.ack.ack_range_count"] = count
    flat["quic.ack.first_ack_range"] = first
    low = largest - first
    if not count:
        return Ack(Type.ACK, start, at, largest, delay, ((low, largest),))
    ranges = [(low, largest)]
    gaps, sizes = [], []
    for _ in range(count):
        gap, at = varint(data, at)
        size, at = varint(data, at)
        high = low - gap - 2
        low = high - size
        if low < 0:
            return None
        gaps.append(gap)
        sizes.append(size)
        ranges.append((low, high))
    flat["quic.ack.gap"] = gaps if count > 1 else gaps[0]
    flat["quic.ack.ack_range"] = sizes if count > 1 else sizes[0]
    return Ack(Type.ACK, start, at, largest, delay, tuple(ranges))


def _numbers(data: bytes, start: int, flat: Flat) -> Numbers:
    kind = data[start]
    flat["quic.frame_type"] = kind
    values = []
    at = start + 1
    for _, abbrev in NUMBERS[kind]:
        value, at = varint(data, at)
        flat[abbrev] = value
        values.append(value)
    return Numbers(kind, start, at, tuple(values))


_ZEROS = re.compile(rb"\0*")


def zeros_end(data: bytes, start: int) -> int:
    """Where the run of zeros that begins at `start` ends: PADDING frames in a row are shown as one."""
    run = _ZEROS.match(data, start)
    return start + 1 if run is None else run.end()


def _padding(data: bytes, start: int, flat: Flat) -> Plain:
    end = zeros_end(data, start)
    flat["quic.frame_type"] = int(Type.PADDING)
    flat["quic.padding_length"] = end - start
    return Plain(Type.PADDING, start, end)


def _ping(_data: bytes, start: int, flat: Flat) -> Plain:
    flat["quic.frame_type"] = int(Type.PING)
    return Plain(Type.PING, start, start + 1)


_READERS: Mapping[int, Callable[[bytes, int, Flat], Item | None]] = {
    **dict.fromkeys(range(Type.STREAM, Type.STREAM + 8), _stream),
    Type.ACK: _ack,
    **dict.fromkeys((Type.MAX_DATA, Type.MAX_STREAM_DATA), _numbers),
    Type.PADDING: _padding,
    Type.PING: _ping,
}
"""By frame type, all of which are one byte: where a frame begins, and where its values go."""

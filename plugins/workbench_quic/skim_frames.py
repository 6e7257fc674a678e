"""The payload of an ordinary 1-RTT packet as text: what `glances` says of it, without a dictionary of values.

Frames of different kinds share no filter name but that of their type, so that their texts can be put behind each other. Where a kind comes
twice, the glance itself is made into text.
"""

from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

from workbench.api import members_text
from workbench_quic.frame_items import Ack, Item, Numbers, Plain, Stream
from workbench_quic.frame_types import Type
from workbench_quic.glances import MOST_RANGES, glance, zeros_end
from workbench_quic.summaries import label_of, words_of
from workbench_quic.varints import LARGEST, varint
from workbench_quic.versions import Kind

__all__ = ["STREAM_FLAGS", "Peeked", "ack_ranges", "peek"]


class Peeked(NamedTuple):
    """The frames of a payload, the packet's label, what a summary says of them, and their fields as members of a JSON object."""

    items: tuple[Item, ...]
    label: str
    words: str
    fields: str


_Read = tuple[Item, str, str]
"""A frame, its words in a summary, and its members without that of its type, each with a comma before it."""


def peek(data: bytes) -> Peeked | None:
    """What a decrypted payload holds; None where that is not ordinary."""
    items: list[Item] = []
    kinds: list[str] = []
    words: list[str] = []
    fields = ""
    known: set[str] = set()
    at, end = 0, len(data)
    try:
        while at < end:
            kind = data[at]
            name, reader = _READERS[kind]
            if name in known:
                return _glanced(data)
            known.add(name)
            read = reader(data, at, kind)
            if read is None:
                return None
            item, word, more = read
            items.append(item)
            kinds.append(str(kind))
            words.append(word)
            fields += more
            at = item.end
    except (IndexError, KeyError):
        return None
    if not items:
        return None
    types = kinds[0] if len(kinds) == 1 else f"[{','.join(kinds)}]"
    return Peeked(tuple(items), label_of(Kind.ONE_RTT, items), ", ".join(words), f'"quic.frame_type":{types}{fields}')


def _glanced(data: bytes) -> Peeked | None:
    """A payload with several frames of a kind."""
    seen = glance(data)
    if seen is None:
        return None
    words = encode_basestring_ascii(words_of(seen.items))[1:-1]  # a frame that repeats is counted with "×"
    return Peeked(seen.items, label_of(Kind.ONE_RTT, seen.items), words, members_text(seen.flat))


def _flags(kind: int) -> str:
    off, length, fin = ("true" if kind & bit else "false" for bit in (4, 2, 1))
    return f',"quic.stream.off":{off},"quic.stream.len":{length},"quic.stream.fin":{fin},"quic.stream.stream_id":'


STREAM_FLAGS: Mapping[int, str] = {kind: _flags(kind) for kind in range(Type.STREAM, Type.STREAM + 8)}
"""What a STREAM frame of each type says before the number of its stream."""


def _stream(data: bytes, start: int, kind: int) -> _Read | None:
    at = start + 2
    stream = data[start + 1]
    if stream >= 0x40:
        stream, at = varint(data, start + 1)
    offset = 0
    fields = ""
    if kind & 4:
        offset, at = varint(data, at)
        fields = f',"quic.stream.offset":{offset}'
    if kind & 2:
        length, at = varint(data, at)
        fields += f',"quic.stream.length":{length}'
        end = at + length
        if end > len(data):
            return None
    else:
        end = len(data)
    content = data[at:end]
    if content:
        if offset + len(content) > LARGEST:
            return None
        fields += f',"quic.stream_data":"{content.hex()}"'
    fin = kind & 1 > 0
    return (
        Stream(kind, start, end, stream, offset, content, fin),
        f"STREAM {stream} {offset}+{end - at}{' end' if fin else ''}",
        f'{STREAM_FLAGS[kind]}{stream},"quic.stream.direction":{stream >> 1 & 1},"quic.stream.initiator":{stream & 1}{fields}',
    )


def _ack(data: bytes, start: int, kind: int) -> _Read | None:
    largest, at = varint(data, start + 1)
    delay, at = varint(data, at)
    count, at = varint(data, at)
    first, at = varint(data, at)
    if count > MOST_RANGES or first > largest:
        return None
    ranges: tuple[tuple[int, int], ...] = ((largest - first, largest),)
    fields = (
        f',"quic.ack.largest_acknowledged":{largest},"quic.ack.ack_delay":{delay},"quic.ack.ack_range_count":{count},'
        f'"quic.ack.first_ack_range":{first}'
    )
    if count:
        found = ack_ranges(data, at, count, largest - first)
        if found is None:
            return None
        at, more, text = found
        ranges += more
        fields += text
    return Ack(kind, start, at, largest, delay, ranges), f"ACK {largest}", fields


def ack_ranges(data: bytes, at: int, count: int, low: int) -> tuple[int, tuple[tuple[int, int], ...], str] | None:
    """The ranges behind the first one, which ends at `low`: where they end, they, and their members."""
    gaps, sizes, ranges = [], [], []
    for _ in range(count):
        gap, at = varint(data, at)
        size, at = varint(data, at)
        high = low - gap - 2
        low = high - size
        if low < 0:
            return None
        gaps.append(str(gap))
        sizes.append(str(size))
        ranges.append((low, high))
    return at, tuple(ranges), f',"quic.ack.gap":{_list(gaps)},"quic.ack.ack_range":{_list(sizes)}'


def _list(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"[{','.join(values)}]"


def _max_data(data: bytes, start: int, kind: int) -> _Read:
    most, at = varint(data, start + 1)
    return Numbers(kind, start, at, (most,)), f"MAX_DATA {most}", f',"quic.md.maximum_data":{most}'


def _max_stream_data(data: bytes, start: int, kind: int) -> _Read:
    stream, at = varint(data, start + 1)
    most, at = varint(data, at)
    fields = f',"quic.msd.stream_id":{stream},"quic.msd.maximum_stream_data":{most}'
    return Numbers(kind, start, at, (stream, most)), f"MAX_STREAM_DATA {stream} {most}", fields


def _padding(data: bytes, start: int, kind: int) -> _Read:
    end = zeros_end(data, start)
    return Plain(kind, start, end), "PADDING", f',"quic.padding_length":{end - start}'


def _ping(_data: bytes, start: int, kind: int) -> _Read:
    return Plain(kind, start, start + 1), "PING", ""


_READERS: Mapping[int, tuple[str, Callable[[bytes, int, int], _Read | None]]] = {
    **dict.fromkeys(range(Type.STREAM, Type.STREAM + 8), ("stream", _stream)),
    int(Type.ACK): ("ack", _ack),
    int(Type.MAX_DATA): ("max data", _max_data),
    int(Type.MAX_STREAM_DATA): ("max stream data", _max_stream_data),
    int(Type.PADDING): ("padding", _padding),
    int(Type.PING): ("ping", _ping),
}
"""By frame type, all of which are one byte: the kind, and who reads it."""

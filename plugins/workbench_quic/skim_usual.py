"""What most packets of a transfer hold, read in one go: an acknowledgement, the next bytes of a stream, or both.

Everything else, and whatever is the last of its stream, is left to `skim_frames`.
"""

from workbench_quic.frame_types import Type
from workbench_quic.glances import MOST_RANGES
from workbench_quic.skim_frames import STREAM_FLAGS, ack_ranges
from workbench_quic.varints import LARGEST, varint

__all__ = ["Usual", "read_usual"]

Usual = tuple[int, int, tuple[tuple[int, int], ...], int, int, bytes, str, str]
"""The largest packet acknowledged (-1: none), the delay, the ranges; the stream (-1: none), the offset and the bytes of it; what a summary
says, and the fields as members of a JSON object. A plain tuple, since there is one for each packet."""

_ACK, _STREAM, _LAST_STREAM = int(Type.ACK), int(Type.STREAM), int(Type.STREAM) + 7
_OFF, _LEN, _FIN = 0x04, 0x02, 0x01
"""Bits of a STREAM frame's type (RFC 9000 19.8)."""


def read_usual(data: bytes) -> Usual | None:
    """What a decrypted payload holds; None where it is something else, or more."""
    try:
        if data[0] != _ACK:
            return _stream(data, 0, -1, 0, (), "", "", "")
        # most numbers are below 64, which is not worth a call
        largest, at = (data[1], 2) if data[1] < 0x40 else varint(data, 1)
        delay, at = (data[at], at + 1) if data[at] < 0x40 else varint(data, at)
        count, at = (data[at], at + 1) if data[at] < 0x40 else varint(data, at)
        first, at = (data[at], at + 1) if data[at] < 0x40 else varint(data, at)
        low = largest - first
        if count > MOST_RANGES or low < 0:
            return None
        fields = (
            f',"quic.ack.largest_acknowledged":{largest},"quic.ack.ack_delay":{delay},"quic.ack.ack_range_count":{count},'
            f'"quic.ack.first_ack_range":{first}'
        )
        ranges: tuple[tuple[int, int], ...] = ((low, largest),)
        if count:
            found = ack_ranges(data, at, count, low)
            if found is None:
                return None
            at, more, text = found
            ranges += more
            fields += text
        if at == len(data):
            return largest, delay, ranges, -1, 0, b"", f"ACK {largest}", f'"quic.frame_type":2{fields}'
        return _stream(data, at, largest, delay, ranges, f"ACK {largest}, ", "2,", fields)
    except IndexError:
        return None


def _stream(
    data: bytes,
    start: int,
    largest: int,
    delay: int,
    ranges: tuple[tuple[int, int], ...],
    before: str,
    type_before: str,
    fields: str,
) -> Usual | None:
    """A STREAM frame that the payload ends with, behind what was read before it."""
    kind = data[start]
    if not _STREAM <= kind <= _LAST_STREAM or kind & _FIN:
        return None
    stream = data[start + 1]
    at = start + 2
    if stream >= 0x40:
        stream, at = varint(data, start + 1)
    offset, place = 0, ""
    if kind & _OFF:
        offset, at = varint(data, at)
        place = f',"quic.stream.offset":{offset}'
    size = len(data)
    if kind & _LEN:
        length, at = varint(data, at)
        if at + length != size:
            return None
        place = f'{place},"quic.stream.length":{length}'
    content = data[at:]
    count = size - at
    if not count or offset + count > LARGEST:
        return None
    frames = f"{type_before}{kind}" if not type_before else f"[{type_before}{kind}]"
    members = (
        f'"quic.frame_type":{frames}{fields}{STREAM_FLAGS[kind]}{stream},"quic.stream.direction":{stream >> 1 & 1},'
        f'"quic.stream.initiator":{stream & 1}{place},"quic.stream_data":"{content.hex()}"'
    )
    return (
        largest,
        delay,
        ranges,
        stream,
        offset,
        content,
        f"{before}STREAM {stream} {offset}+{count}",
        members,
    )

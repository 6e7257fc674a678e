"""The Frame Type field of a frame. Frames begin at the same few places in most packets, so that such a field is made once for many."""

from functools import lru_cache

from workbench.api import Field

__all__ = ["initiator_fields", "stream_type_field", "type_field"]

_KEPT = 4096
"""Fields kept of each kind: all places of the frames of a full packet, for some types."""

_OFF, _LEN, _FIN = 0x04, 0x02, 0x01
"""Bits of a STREAM frame's type (RFC 9000 19.8)."""

_INITIATORS = ("Client-initiated", "Server-initiated")
_WAYS = ("Bidirectional", "Unidirectional")


@lru_cache(maxsize=_KEPT)
def type_field(start: int, end: int, kind: int, name: str, view: int) -> Field:
    """Of a frame that is called `name`."""
    return Field("Frame Type", start, end, kind, (), "quic.frame_type", name, "", view)


@lru_cache(maxsize=_KEPT)
def stream_type_field(start: int, end: int, kind: int, view: int) -> Field:
    """Of a STREAM frame, with the bits in it."""
    bit = 8 * end - 3
    flags = (
        Field("Off(set)", end - 1, end, kind & _OFF > 0, (), "quic.stream.off", "", "", view, (bit, bit + 1)),
        Field("Len(gth)", end - 1, end, kind & _LEN > 0, (), "quic.stream.len", "", "", view, (bit + 1, bit + 2)),
        Field("Fin", end - 1, end, kind & _FIN > 0, (), "quic.stream.fin", "", "", view, (bit + 2, bit + 3)),
    )
    return Field("Frame Type", start, end, kind, flags, "quic.frame_type", "STREAM", "", view)


@lru_cache(maxsize=_KEPT)
def initiator_fields(end: int, kind: int, view: int) -> tuple[Field, Field]:
    """The two lowest bits of a Stream ID that ends at `end` (RFC 9000 2.1); `kind` is their value."""
    bit = 8 * end - 1
    way, who = kind >> 1, kind & 1
    return (
        Field("Stream direction", end - 1, end, way, (), "quic.stream.direction", _WAYS[way], "", view, (bit - 1, bit)),
        Field("Stream initiator", end - 1, end, who, (), "quic.stream.initiator", _INITIATORS[who], "", view, (bit, bit + 1)),
    )

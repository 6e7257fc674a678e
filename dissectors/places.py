"""Where positions of construct's many streams lie: in the message's own bytes, among their bits, or in bytes derived from them."""

import io
from typing import Any

from construct import Construct, Restreamed, Transformed
from construct.core import BytesIOWithOffsets
from construct.lib import bits2bytes, bytes2bits

from workbench.api import View

__all__ = ["WIRE", "Place", "Places"]

WIRE_NAME = "wire"
"""Name of the view of a message's own bytes."""

_NAMES = {
    "Compressed": "decompressed",
    "CompressedLZ4": "decompressed",
    "EncryptedSym": "decrypted",
    "EncryptedSymAead": "decrypted",
    "ProcessXor": "unmasked",
    "ProcessRotateLeft": "rotated",
}
"""What bytes are called after they went through a construct; any other makes them "derived"."""

Origin = tuple[Construct, "Place", int, int]
"""The construct that derives bytes, and where those it takes lie: (construct, place, start, end)."""


class Place:
    """How positions of one stream map to bits of a view: bit = base + position * scale."""

    __slots__ = ("base", "plain", "scale", "view")

    def __init__(self, view: int, base: int, scale: int) -> None:
        self.view = view
        self.base = base
        self.scale = scale
        self.plain = base == 0 and scale == 8
        """Positions are byte offsets into the view as they are."""

    def span(self, start: int, end: int) -> tuple[int, int, tuple[int, int] | None]:
        """First and last byte (half open) in the view, and the bits if those are not whole bytes."""
        first = self.base + start * self.scale
        last = self.base + end * self.scale
        whole = self.scale == 8 and self.base % 8 == 0
        return first // 8, (last + 7) // 8, None if whole else (first, last)


WIRE = Place(0, 0, 8)
"""Positions are offsets into the message's own bytes."""


class Places:
    """The places of all streams of one parse, and the views that it opened."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._derived: list[View] = []
        self._known: dict[int, tuple[Any, Place]] = {}
        """Streams by identity; each is kept, so that no other one can get its identity."""

    def begin(self, stream: Any) -> None:
        """`stream` is the one that holds the message's own bytes."""
        self._known[id(stream)] = stream, WIRE

    def views(self) -> tuple[View, ...]:
        """The message's own bytes, then those derived from them; () where there are none of the latter."""
        return (View(WIRE_NAME, self._data), *self._derived) if self._derived else ()

    def bytes_of(self, place: Place, first: int, last: int) -> bytes:
        """The bytes of a span (as `Place.span` gives it)."""
        data = self._derived[place.view - 1].data if place.view else self._data
        return data[first:last]

    def of(self, stream: Any, origin: Origin | None) -> Place:
        """The place of a stream that was made inside the construct of `origin` (or by one that only narrows its own stream)."""
        known = self._known.get(id(stream))
        if known is None:
            place = self._narrowed(stream, origin) if isinstance(stream, BytesIOWithOffsets) else self._made(stream, origin)
            self._known[id(stream)] = known = stream, place
        return known[1]

    def _narrowed(self, stream: BytesIOWithOffsets, origin: Origin | None) -> Place:
        outer = self.of(stream.parent_stream, origin)
        if origin is None or outer.scale != 8:
            return outer
        # the stream counts like the one around it, but its bytes may be others (ProcessXor)
        content = stream.getvalue()
        first, last, _ = outer.span(stream.parent_stream_offset, stream.parent_stream_offset + len(content))
        if content == self.bytes_of(outer, first, last):
            return outer
        return self._view(origin[0], content, -8 * stream.parent_stream_offset)

    def _made(self, stream: Any, origin: Origin | None) -> Place:
        if origin is None:
            return self._view(None, _content(stream), 0)
        construct, place, start, end = origin
        decode = construct.decodefunc if isinstance(construct, Transformed) else getattr(construct, "decoder", None)
        if decode is bytes2bits or decode is bits2bytes:
            return Place(place.view, place.base + start * place.scale, 1 if decode is bytes2bits else 8)
        if isinstance(construct, Restreamed):
            first, last, _ = place.span(start, end)
            return self._view(construct, _restreamed(construct, self.bytes_of(place, first, last)), 0)
        return self._view(construct, _content(stream), 0)

    def _view(self, construct: Construct | None, content: bytes, base: int) -> Place:
        self._derived.append(View(_NAMES.get(type(construct).__name__, "derived"), content))
        return Place(len(self._derived), base, 8)


def _content(stream: Any) -> bytes:
    return stream.getvalue() if isinstance(stream, io.BytesIO) else b""


def _restreamed(construct: Restreamed, data: bytes) -> bytes:
    unit = construct.decoderunit
    return b"".join(construct.decoder(data[at : at + unit]) for at in range(0, len(data) - unit + 1, unit))

"""Content codings undone: gzip and deflate (RFC 9110 8.4.1), with a bound on what they unfold to."""

import zlib
from dataclasses import dataclass

from workbench.api import View
from workbench_http.limits import MAX_CODINGS, MAX_DECODED

__all__ = ["Unfolded", "unfold"]

_STEP = 65_536
"""Compressed bytes given to zlib at once."""


@dataclass(frozen=True, slots=True)
class Unfolded:
    """The derived views in the order of undoing, the last one being the plain content. `trouble` says why that is not all."""

    views: tuple[View, ...] = ()
    trouble: str = ""
    unknown: bool = False
    """The trouble is only a coding that is not decoded here."""


def unfold(codings: list[bytes], data: bytes, room: int) -> Unfolded:
    """Undo `codings` (as listed in the header field: in the order they were applied), from the last to the first.

    Stops at the first coding that is unknown or fails. No view is longer than `room` or `MAX_DECODED`.
    """
    views: list[View] = []
    for coding in [coding for coding in reversed(codings) if coding != b"identity"][:MAX_CODINGS]:
        if coding not in (b"gzip", b"x-gzip", b"deflate"):
            return Unfolded(tuple(views), f"the coding {coding.decode('latin-1')!r} is not decoded", unknown=True)
        data, trouble = _inflate(data, coding, min(room, MAX_DECODED))
        if data:
            views.append(View(f"{coding.decode()} decoded", data))
        if trouble:
            return Unfolded(tuple(views), f"{coding.decode()}: {trouble}")
    return Unfolded(tuple(views))


def _inflate(data: bytes, coding: bytes, limit: int) -> tuple[bytes, str]:
    """What `data` unfolds to, and why not to more ("" if it came to its end)."""
    # "deflate" is a zlib stream, but often the bare one without its two bytes of header
    bare = coding == b"deflate" and not (data[:1] and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0)
    engine = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS | 32)
    plain = bytearray()
    at = 0
    try:
        while at < len(data) and not engine.eof:
            if len(plain) >= limit:
                return bytes(plain), f"unfolds to more than {limit} bytes"
            piece = data[at : at + _STEP]
            plain += engine.decompress(piece, limit - len(plain))
            at += len(piece) - len(engine.unconsumed_tail) - len(engine.unused_data)
    except zlib.error as error:
        return bytes(plain), f"damaged data ({error})"
    return bytes(plain), "" if engine.eof else "the compressed data break off"

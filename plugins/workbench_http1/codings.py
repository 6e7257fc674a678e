"""Content and transfer codings undone: gzip and deflate (RFC 9110 section 8.4.1), with a bound on what they unfold to."""

import zlib
from dataclasses import dataclass

from workbench.api import Note, Severity, View
from workbench_http1.limits import MAX_CODINGS, MAX_DECODED

__all__ = ["Decoded", "undo_codings"]

_SECTION = "RFC 9110 8.4.1"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_STEP = 65_536


@dataclass(frozen=True, slots=True)
class Decoded:
    """The derived views in the order of undoing, the last one being the plain content, and what went wrong."""

    views: tuple[View, ...]
    notes: tuple[Note, ...] = ()


def undo_codings(codings: list[bytes], data: bytes, whole: bool, span: tuple[int, int]) -> Decoded:
    """Undo `codings` (as listed in the header: in the order they were applied) from the last to the first.

    `whole` tells whether `data` is all of the body: a broken end is then worth a warning. Stops at the first coding that is unknown or
    fails; `span` is where the notes point.
    """
    views: list[View] = []
    notes: list[Note] = []
    for coding in reversed(codings[-MAX_CODINGS:]):
        if coding in (b"identity", b"chunked"):
            continue
        if coding not in (b"gzip", b"x-gzip", b"deflate"):
            notes.append(Note(Severity.CHAT, f"the coding {coding.decode('latin-1')!r} is not decoded", *span, _SECTION))
            break
        plain, trouble = _inflate(data, raw=coding == b"deflate" and not _is_zlib(data))
        if trouble and (whole or not plain):
            severity = Severity.WARN if whole else Severity.NOTE
            notes.append(Note(severity, f"{coding.decode()}: {trouble}", *span, _SECTION))
        if not plain and trouble:
            break
        views.append(View(f"{coding.decode()} decoded", plain))
        data = plain
    if len(codings) > MAX_CODINGS:
        notes.append(Note(Severity.WARN, f"{len(codings)} codings, only the last {MAX_CODINGS} are looked at", *span, _SECTION))
    return Decoded(tuple(views), tuple(notes))


def _is_zlib(data: bytes) -> bool:
    """Whether the two bytes of RFC 1950 2.2 begin the data; "deflate" often comes without them."""
    return len(data) >= 2 and data[0] & 0x0F == 8 and data[0] >> 4 <= 7 and (data[0] << 8 | data[1]) % 31 == 0


def _inflate(data: bytes, raw: bool) -> tuple[bytes, str]:
    """All gzip members, or the zlib or raw stream, in `data`: what came out, and why not all ("" if all did)."""
    plain = bytearray()
    rest = data
    while rest:
        engine = zlib.decompressobj(-zlib.MAX_WBITS if raw else _GZIP_OR_ZLIB)
        try:
            while rest and not engine.eof and len(plain) < MAX_DECODED:
                plain += engine.decompress(rest, min(_STEP, MAX_DECODED - len(plain)))
                rest = engine.unconsumed_tail
        except zlib.error as error:
            return bytes(plain), f"damaged data ({error})"
        if engine.eof:
            rest = engine.unused_data
            if rest and (raw or rest[:2] != b"\x1f\x8b"):
                return bytes(plain), f"{len(rest)} bytes behind the end of the compressed data"
        elif len(plain) >= MAX_DECODED:
            return bytes(plain), f"unfolds to more than {MAX_DECODED} bytes"
        else:
            return bytes(plain), "the compressed data break off"
    return bytes(plain), ""

"""Content and transfer codings undone: gzip and deflate (RFC 9110 section 8.4.1), with a bound on what they unfold to."""

import zlib
from dataclasses import dataclass

from workbench.api import Note, Severity, View
from workbench_http1.limits import MAX_CODINGS, MAX_DECODED

__all__ = ["Decoded", "undo_codings"]

_SECTION = "RFC 9110 8.4.1"
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_STEP = 4_096  # compressed bytes per call: four megabytes may come out


@dataclass(frozen=True, slots=True)
class Decoded:
    """The derived views in the order of undoing, the last one being the plain content, and what went wrong."""

    views: tuple[View, ...]
    notes: tuple[Note, ...] = ()


def undo_codings(codings: list[bytes], data: bytes, whole: bool, span: tuple[int, int], room: int = MAX_DECODED) -> Decoded:
    """Undo `codings` (as listed in the header: in the order they were applied) from the last to the first.

    `whole` tells whether `data` is all of the body: a broken end is then worth a warning. Stops at the first coding that is unknown or
    fails; `span` is where the notes point. No view is longer than `room` or `MAX_DECODED`.
    """
    views: list[View] = []
    notes: list[Note] = []
    limit = min(room, MAX_DECODED)
    for coding in reversed(codings[-MAX_CODINGS:]):
        if coding in (b"identity", b"chunked"):
            continue
        if coding not in (b"gzip", b"x-gzip", b"deflate"):
            notes.append(Note(Severity.CHAT, f"the coding {coding.decode('latin-1')!r} is not decoded", *span, _SECTION))
            break
        plain, trouble = _inflate(data, limit, raw=coding == b"deflate" and not _is_zlib(data))
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


def _inflate(data: bytes, limit: int, *, raw: bool) -> tuple[bytes, str]:
    """All gzip members, or the zlib or raw stream, in `data`: what came out, and why not all ("" if all did)."""
    plain = bytearray()
    position = 0
    while position < len(data):
        engine = zlib.decompressobj(-zlib.MAX_WBITS if raw else _GZIP_OR_ZLIB)
        while position < len(data) and not engine.eof and len(plain) < limit:
            piece = data[position : position + _STEP]
            before = engine.copy()
            try:
                plain += engine.decompress(piece, limit - len(plain))
            except zlib.error as error:
                return bytes(plain + _before_damage(before, piece)), f"damaged data ({error})"
            position += len(piece) - len(engine.unconsumed_tail) - len(engine.unused_data)
        if not engine.eof:
            beyond = position < len(data)
            return bytes(plain), f"unfolds to more than {limit} bytes" if beyond else "the compressed data break off"
        if position < len(data) and (raw or data[position : position + 2] != b"\x1f\x8b"):
            return bytes(plain), f"{len(data) - position} bytes behind the end of the compressed data"
    return bytes(plain), ""


def _before_damage(engine: "zlib._Decompress", piece: bytes) -> bytes:
    """What a damaged piece gives up to the damage: an error takes the output of its whole call with it, so go byte by byte."""
    plain = bytearray()
    try:
        for byte in piece:
            plain += engine.decompress(bytes((byte,)), MAX_DECODED)
    except zlib.error:
        pass
    return bytes(plain)

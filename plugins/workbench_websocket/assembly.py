"""One direction's messages: fragments put together, decompressed, and their text checked while it comes (RFC 6455 5.4, 8.1; RFC 7692 6)."""

import codecs
from dataclasses import dataclass, field

from workbench_websocket.deflate import Inflated, Inflater
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import Head
from workbench_websocket.limits import MAX_FRAGMENTS, MAX_INFLATED, MAX_SURPLUS, UNFOLDING
from workbench_websocket.opcodes import TEXT

__all__ = ["Assembly", "Whole", "bad_utf8"]

_RSV1 = 4

INCOMPLETE = "bytes of it are missing"
LOST = "an earlier message could not be decompressed, and this one may build on it"
BEFORE = "it builds on messages from before the beginning of the capture"


@dataclass(frozen=True, slots=True)
class Whole:
    """What a data frame completes: `data` is the message as it was sent, `plain` what it means (equal without compression).

    `opcode` is that of the first fragment, `complete` False where bytes of it are not known; then `plain` is not checked.
    """

    opcode: int
    fragments: int
    data: bytes
    inflated: Inflated | None
    complete: bool

    @property
    def plain(self) -> bytes:
        """The message without compression."""
        return self.data if self.inflated is None else self.inflated.data


@dataclass(slots=True)
class _Parts:
    opcode: int
    compressed: bool
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    fragments: int = 0
    whole: bool = True
    text: codecs.IncrementalDecoder | None = None


class Assembly:
    """`deflate` is what was agreed on, None for no compression; `guessing` that nobody knows (the handshake was not seen)."""

    def __init__(self, deflate: Deflate | None, *, client: bool, guessing: bool, keep: int) -> None:
        agreed = deflate or Deflate()
        bits, takeover = (agreed.client_bits, agreed.client_takeover) if client else (agreed.server_bits, agreed.server_takeover)
        self._inflater = Inflater(bits, takeover=takeover)
        self._guessing = guessing
        self._keep = keep
        self._surplus = MAX_SURPLUS
        self._parts: _Parts | None = None

    @property
    def fragmented(self) -> bool:
        """Whether a message is unfinished."""
        return self._parts is not None

    @property
    def compressed(self) -> bool:
        """Whether the message of which the last frame was a part is compressed."""
        return self._parts is not None and self._parts.compressed

    def forget(self) -> None:
        """Bytes were lost: what was begun is not known any more."""
        self._parts = None
        self._lose()

    def add(self, head: Head, payload: bytes, *, whole: bool, compression: bool) -> tuple[Whole | None, str]:
        """A data frame. Gives the message that it completes, and what is wrong with the text so far ("" for nothing)."""
        if self._parts is None or head.opcode:
            compressed = compression and bool(head.rsv & _RSV1)
            self._parts = _Parts(head.opcode, compressed)
            if head.opcode == TEXT and not compressed and not head.fin:
                self._parts.text = codecs.getincrementaldecoder("utf-8")()
        parts = self._parts
        trouble = self._take(parts, payload, head.fin, whole)
        if not head.fin:
            return None, trouble
        self._parts = None
        data = parts.pieces[0] if len(parts.pieces) == 1 else b"".join(parts.pieces)
        inflated = self._inflate(data, parts) if parts.compressed else None
        return Whole(parts.opcode, parts.fragments, data, inflated, parts.whole), trouble

    def _take(self, parts: _Parts, payload: bytes, fin: bool, whole: bool) -> str:
        parts.fragments += 1
        room = self._keep - parts.size
        if len(payload) > room or parts.fragments > MAX_FRAGMENTS:
            whole = False
            payload = payload[: max(0, room)] if parts.fragments <= MAX_FRAGMENTS else b""
        if payload or not parts.pieces:
            parts.pieces.append(payload)
        parts.size += len(payload)
        parts.whole = parts.whole and whole
        if parts.text is None or not parts.whole:
            return ""
        try:
            parts.text.decode(payload, fin)
        except UnicodeDecodeError as error:
            parts.text = None
            return f"the text is not UTF-8: {error.reason}"
        return ""

    def _inflate(self, data: bytes, parts: _Parts) -> Inflated:
        if not parts.whole:
            self._lose()
            return Inflated(b"", INCOMPLETE)
        if self._inflater.lost:
            return Inflated(b"", LOST)
        share = UNFOLDING * len(data)
        found = self._inflater.message(data, min(MAX_INFLATED, share + self._surplus))
        self._surplus -= max(0, len(found.data) - share)
        if self._guessing and found.trouble and not found.too_large:
            self._lose()
            return Inflated(b"", BEFORE)
        return found

    def _lose(self) -> None:
        """The context is lost; without the handshake nobody knows whether messages need it, so each is tried."""
        self._inflater.lose()
        self._inflater.lost = self._inflater.lost and not self._guessing


def bad_utf8(data: bytes) -> str:
    """What keeps bytes from being UTF-8 (RFC 3629), with the place; "" where nothing does."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"the text is not UTF-8: {error.reason} at byte {error.start}"
    return ""

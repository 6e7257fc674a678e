"""Compression of messages (RFC 7692 7.2): one zlib context per direction, with or without taking it over to the next message."""

import zlib
from dataclasses import dataclass

from workbench_websocket.extensions import LARGEST_WINDOW

__all__ = ["TAIL", "Deflater", "Inflated", "Inflater"]

TAIL = b"\x00\x00\xff\xff"
"""An empty block ends every message, and its last four bytes stay at home (RFC 7692 7.2.1)."""

_SMALLEST_ZLIB_WINDOW = 9
"""zlib cannot compress with a window of 8 bits without its own header."""

_MEMORY_LEVEL = 5
"""zlib's hash table: 16 KiB instead of 128, for a few per cent of the ratio. A thousand connections compress at once."""


@dataclass(frozen=True, slots=True)
class Inflated:
    """A message without its compression. `trouble` says why it is not the whole one."""

    data: bytes
    trouble: str = ""
    too_large: bool = False


class Inflater:
    """Undoes the compression of one direction. After trouble the context is lost, and messages that need it cannot be read."""

    __slots__ = ("_bits", "_state", "_takeover", "_window", "lost")

    def __init__(self, bits: int = LARGEST_WINDOW, *, takeover: bool = True) -> None:
        self._bits = bits
        self._takeover = takeover
        self._window = b""
        self._state: zlib._Decompress | None = None
        self.lost = False

    def message(self, data: bytes, limit: int) -> Inflated:
        """One message, of which at most `limit` bytes are made."""
        if self._state is None:
            self._start()
        out = bytearray()
        rest = data + TAIL
        try:
            while rest:
                state = self._state or self._start()
                out += state.decompress(rest, limit + 1 - len(out))
                if len(out) > limit:
                    return self._fail(out[:limit], f"the message is larger than {limit} bytes", too_large=True)
                rest = state.unused_data if state.eof else state.unconsumed_tail
                if state.eof:
                    # a block that calls itself the last one ends the DEFLATE stream, not the window (RFC 7692 7.2.3.4)
                    self._window = (self._window + out)[-(1 << self._bits) :]
                    self._state = None
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]
            return self._fail(out, f"the compressed data is broken: {reason}")
        if not self._takeover:
            self._state, self._window = None, b""
        return Inflated(bytes(out))

    def _start(self) -> "zlib._Decompress":
        self._state = zlib.decompressobj(-self._bits, zdict=self._window) if self._window else zlib.decompressobj(-self._bits)
        return self._state

    def lose(self) -> None:
        """A message was missed: the context is not what the sender's is any more."""
        self.lost = self._takeover
        self._state, self._window = None, b""

    def _fail(self, out: bytes | bytearray, trouble: str, *, too_large: bool = False) -> Inflated:
        self.lose()
        return Inflated(bytes(out), trouble, too_large)


class Deflater:
    """Compresses the messages of one direction; its context exists from the first message on."""

    __slots__ = ("_bits", "_state", "_takeover")

    def __init__(self, bits: int = LARGEST_WINDOW, *, takeover: bool = True) -> None:
        self._bits = max(bits, _SMALLEST_ZLIB_WINDOW)
        self._takeover = takeover
        self._state: zlib._Compress | None = None

    def message(self, data: bytes) -> bytes:
        """The compressed form of one message."""
        if self._state is None:
            self._state = zlib.compressobj(wbits=-self._bits, memLevel=_MEMORY_LEVEL)
        out = self._state.compress(data) + self._state.flush(zlib.Z_SYNC_FLUSH)
        if not self._takeover:
            self._state = None
        # an empty message is the empty block alone (RFC 7692 7.2.3.6)
        return out.removesuffix(TAIL) or b"\x00"

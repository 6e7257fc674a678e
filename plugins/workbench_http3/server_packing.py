"""QPACK as the server encodes it (RFC 9204): the static table and literals. It inserts nothing into the client's table, so no response ever
waits for another stream, and there is nothing that the client could acknowledge.
"""

from collections.abc import Iterable
from functools import lru_cache

from workbench_http3.qpack_literals import BrokenError, Reader, ShortError, huffman_encode, integer, text
from workbench_http3.qpack_static import STATIC
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["Acknowledgments", "pack"]

REMEMBERED = 1_024
"""Field lines whose code is kept: a site has some dozens that come again, and lengths and tags that do not."""

_BY_FIELD = {field: index for index, field in enumerate(STATIC)}
_BY_NAME = {name: index for index, (name, _) in reversed(list(enumerate(STATIC)))}
_PREFIX = b"\x00\x00"
"""Of a section without references to the dynamic table (RFC 9204 4.5.1)."""


def pack(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """An encoded field section (RFC 9204 4.5)."""
    return _PREFIX + b"".join(_line(name, value) for name, value in fields)


@lru_cache(REMEMBERED)
def _line(name: bytes, value: bytes) -> bytes:
    index = _BY_FIELD.get((name, value))
    if index is not None:
        return integer(index, 6, 0xC0)
    index = _BY_NAME.get(name)
    head = integer(index, 4, 0x50) if index is not None else _shorter(name, 3, 0x20)
    return head + _shorter(value, 7, 0)


def _shorter(content: bytes, bits: int, first: int) -> bytes:
    return text(content, bits, first, huffman=len(huffman_encode(content)) < len(content))


class Acknowledgments:
    """The client's decoder stream (RFC 9204 4.4): it may cancel streams, and has nothing to acknowledge."""

    def __init__(self) -> None:
        self._buffer = b""

    def receive(self, data: bytes) -> None:
        """Bytes of that stream. Raises `ConnectionFault` for what cannot be."""
        reader = Reader(self._buffer + data)
        done = 0
        try:
            while reader.at < len(reader.data):
                self._instruction(reader)
                done = reader.at
        except ShortError:
            pass
        except BrokenError as error:
            raise ConnectionFault(ErrorCode.QPACK_DECODER_STREAM_ERROR, str(error)) from error
        self._buffer = reader.data[done:]

    def _instruction(self, reader: Reader) -> None:
        first = reader.data[reader.at]
        if first & 0x80:
            stream = reader.integer(7)
            raise BrokenError(f"stream {stream} has no section to acknowledge", "RFC 9204 4.4.1")
        number = reader.integer(6)
        if not first & 0x40:
            raise BrokenError(f"{number} insertions are acknowledged where there were none", "RFC 9204 4.4.3")

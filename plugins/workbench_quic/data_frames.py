"""Frames that carry bytes for others: STREAM, CRYPTO, DATAGRAM and NEW_TOKEN (RFC 9000 19.6 to 19.8, RFC 9221 4)."""

from workbench.api import Field
from workbench_quic.frame_items import Crypto, DatagramData, Stream, Token
from workbench_quic.names import Codes
from workbench_quic.type_fields import initiator_fields, stream_type_field, type_field
from workbench_quic.varints import varint

__all__ = ["read_crypto", "read_datagram", "read_stream", "read_token"]

_OFF, _LEN, _FIN = 0x04, 0x02, 0x01
"""Bits of a STREAM frame's type (19.8); a DATAGRAM's LEN is the last bit."""


def read_stream(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Stream, Field]:
    """STREAM. Raises `IndexError`, as all readers do, where the payload ends too early."""
    children = [stream_type_field(start, at, kind, view)]
    first = data[at]
    stream, end = (first, at + 1) if first < 0x40 else varint(data, at)
    whose = initiator_fields(end, stream & 3, view)
    children.append(Field("Stream ID", at, end, stream, whose, "quic.stream.stream_id", "", "", view))
    offset = 0
    if kind & _OFF:
        at = end
        offset, end = varint(data, at)
        children.append(Field("Offset", at, end, offset, (), "quic.stream.offset", "", "", view))
    if kind & _LEN:
        at = end
        length, end = varint(data, at)
        children.append(Field("Length", at, end, length, (), "quic.stream.length", "", "", view))
        at, end = end, end + length
        if end > len(data):
            raise IndexError
    else:
        at, end = end, len(data)
    content = data[at:end]
    if content:
        children.append(Field("Stream Data", at, end, content, (), "quic.stream_data", "", "", view))
    fin = kind & _FIN > 0
    text = f"stream {stream}, {end - at} bytes at {offset}{', end' if fin else ''}"
    node = Field("STREAM", start, end, None, tuple(children), "quic.frame", text, "", view)
    return Stream(kind, start, end, stream, offset, content, fin), node


def read_crypto(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Crypto, Field]:
    """CRYPTO."""
    offset, two = varint(data, at)
    length, three = varint(data, two)
    end = three + length
    if end > len(data):
        raise IndexError
    children = (
        type_field(start, at, kind, "CRYPTO", view),
        Field("Offset", at, two, offset, (), "quic.crypto.offset", "", "", view),
        Field("Length", two, three, length, (), "quic.crypto.length", "", "", view),
        Field("Crypto Data", three, end, None, (), "quic.crypto.crypto_data", "", "", view),
    )
    node = Field("CRYPTO", start, end, None, children, "quic.frame", f"{length} bytes at {offset}", "", view)
    return Crypto(kind, start, end, offset, data[three:end]), node


def read_datagram(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[DatagramData, Field]:
    """DATAGRAM, with its length or up to the packet's end."""
    children = [type_field(start, at, kind, "DATAGRAM", view)]
    if kind & 1:
        length, begin = varint(data, at)
        children.append(Field("Datagram Length", at, begin, length, (), "quic.dg.length", "", "", view))
        end = begin + length
        if end > len(data):
            raise IndexError
    else:
        begin, end = at, len(data)
    content = data[begin:end]
    if content:
        children.append(Field("Datagram", begin, end, content, (), "quic.dg", "", "", view))
    node = Field("DATAGRAM", start, end, None, tuple(children), "quic.frame", f"{end - begin} bytes", "", view)
    return DatagramData(kind, start, end, content), node


def read_token(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Token, Field]:
    """NEW_TOKEN."""
    length, begin = varint(data, at)
    end = begin + length
    if end > len(data):
        raise IndexError
    children = (
        type_field(start, at, kind, "NEW_TOKEN", view),
        Field("(Token) Length", at, begin, length, (), "quic.nt.length", "", "", view),
        Field("Token", begin, end, data[begin:end], (), "quic.nt.token", "", "", view),
    )
    node = Field("NEW_TOKEN", start, end, None, children, "quic.frame", f"{length} bytes", "", view)
    return Token(kind, start, end, data[begin:end]), node

"""HTTP datagrams in DATAGRAM frames of QUIC (RFC 9297 2.1): a quarter of the number of the stream they belong to, and the rest."""

from workbench.api import Direction, Field, read_varint, varint
from workbench_http3.connection import Connection, Outcome
from workbench_http3.names import Setting

__all__ = ["datagram"]

LARGEST_QUARTER = (1 << 60) - 1
"""Stream numbers have 62 bits (RFC 9297 2.1)."""


def datagram(connection: Connection, raw: bytes, who: Direction, out: Outcome) -> None:
    """The content of one DATAGRAM frame."""
    size = len(raw)
    out.name, out.symbol = "DATAGRAM", "datagram"
    announced = connection.peers[who.opposite].settings
    if announced is not None and not any(announced.get(name) for name in (Setting.H3_DATAGRAM, Setting.H3_DATAGRAM_DRAFT04)):
        out.error("H3_DATAGRAM_ERROR: a datagram to a peer that did not enable them", "RFC 9297 2.1.1", 0, size)
    quarter = read_varint(raw)
    if quarter is None:
        out.error("H3_DATAGRAM_ERROR: the datagram ends before its Quarter Stream ID does", "RFC 9297 2.1", 0, size)
        if size:
            out.fields.append(Field("Part of a Quarter Stream ID", 0, size, raw))
        out.value = {"carried": "datagram", "payload": raw}
        return
    number, at = quarter
    stream = 4 * number
    out.detail = f"stream {stream}, {size - at} bytes"
    out.fields.append(Field("Quarter Stream ID", 0, at, number, abbrev="http3.datagram.quarter_stream_id"))
    out.fields.append(Field("Request Stream ID", 0, at, stream, abbrev="http3.datagram.request_stream_id", generated=True))
    out.fields.append(Field("Datagram Payload", at, size, raw[at:], abbrev="http3.datagram.payload"))
    if number > LARGEST_QUARTER:
        out.error("H3_DATAGRAM_ERROR: no stream has such a number", "RFC 9297 2.1", 0, at)
    if at == len(varint(number)):
        out.value = {"carried": "datagram", "quarter_stream_id": number, "payload": raw[at:]}
    else:
        out.value = {"carried": "datagram", "payload": raw}

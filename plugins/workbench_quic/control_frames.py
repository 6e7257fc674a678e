"""Frames that steer a connection: numbers only, connection IDs, paths, and the end (RFC 9000 19.1, 19.2, 19.4, 19.5, 19.9 to 19.20)."""

import re
from collections.abc import Mapping

from workbench.api import Field
from workbench_quic.frame_items import Close, NewConnectionId, Numbers, PathData, Plain
from workbench_quic.frame_types import FRAME_TYPES, Type, type_name
from workbench_quic.names import Codes, alert_name, error_name
from workbench_quic.type_fields import type_field
from workbench_quic.varints import varint

__all__ = ["NUMBERS", "read_close", "read_connection_id", "read_numbers", "read_padding", "read_path", "read_plain"]

TOKEN = 16
"""Bytes of a stateless reset token (RFC 9000 10.3)."""

PATH_DATA = 8
"""Bytes that PATH_CHALLENGE and PATH_RESPONSE carry (RFC 9000 19.17)."""

_ZEROS = re.compile(rb"\0*")
_APPLICATION = frozenset(("quic.rsts.application_error_code", "quic.ss.application_error_code"))
_RESET = (
    ("Stream ID", "quic.rsts.stream_id"),
    ("Application Error code", "quic.rsts.application_error_code"),
    ("Final Size", "quic.rsts.final_size"),
)

NUMBERS: Mapping[int, tuple[tuple[str, str], ...]] = {
    Type.RESET_STREAM: _RESET,
    Type.RESET_STREAM_AT: (*_RESET, ("Reliable Size", "quic.rsts.reliable_size")),
    Type.STOP_SENDING: (("Stream ID", "quic.ss.stream_id"), ("Application Error code", "quic.ss.application_error_code")),
    Type.MAX_DATA: (("Maximum Data", "quic.md.maximum_data"),),
    Type.MAX_STREAM_DATA: (("Stream ID", "quic.msd.stream_id"), ("Maximum Stream Data", "quic.msd.maximum_stream_data")),
    Type.MAX_STREAMS_BIDI: (("Max Streams", "quic.ms.max_streams"),),
    Type.MAX_STREAMS_UNI: (("Max Streams", "quic.ms.max_streams"),),
    Type.DATA_BLOCKED: (("Stream Data Limit", "quic.sb.stream_data_limit"),),
    Type.STREAM_DATA_BLOCKED: (("Stream ID", "quic.sdb.stream_id"), ("Stream Data Limit", "quic.sb.stream_data_limit")),
    Type.STREAMS_BLOCKED_BIDI: (("Stream Limit", "quic.sib.stream_limit"),),
    Type.STREAMS_BLOCKED_UNI: (("Stream Limit", "quic.sib.stream_limit"),),
    Type.RETIRE_CONNECTION_ID: (("Sequence", "quic.rci.sequence"),),
    Type.ACK_FREQUENCY: (
        ("Sequence Number", "quic.af.sequence_number"),
        ("Ack-Eliciting Threshold", "quic.af.ack_eliciting_threshold"),
        ("Request Max Ack Delay", "quic.af.request_max_ack_delay"),
        ("Reordering Threshold", "quic.af.reordering_threshold"),
    ),
    Type.TIMESTAMP: (("Time Stamp", "quic.ts"),),
}
"""Frames of nothing but numbers: name and filter name of each, in wire order."""


def read_numbers(data: bytes, start: int, at: int, kind: int, view: int, codes: Codes) -> tuple[Numbers, Field]:
    """One of `NUMBERS`. Raises `IndexError`, as all readers do, where the payload ends too early."""
    name = FRAME_TYPES[kind].name
    children = [type_field(start, at, kind, name, view)]
    values = []
    for title, abbrev in NUMBERS[kind]:
        value, end = varint(data, at)
        text = codes.get(value, "") if abbrev in _APPLICATION else ""
        children.append(Field(title, at, end, value, (), abbrev, text, "", view))
        values.append(value)
        at = end
    text = ", ".join(map(str, values))
    return Numbers(kind, start, at, tuple(values)), Field(name, start, at, None, tuple(children), "quic.frame", text, "", view)


def read_padding(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Plain, Field]:
    """A run of PADDING, as one."""
    run = _ZEROS.match(data, at)
    end = at if run is None else run.end()
    children = (
        type_field(start, at, kind, "PADDING", view),
        Field("Padding Length", start, end, end - start, (), "quic.padding_length", "", "", view, None, True),
    )
    return Plain(kind, start, end), Field("PADDING", start, end, None, children, "quic.frame", f"{end - start} bytes", "", view)


def read_plain(_data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[Plain, Field]:
    """A frame that is only its type."""
    name = FRAME_TYPES[kind].name
    children = (type_field(start, at, kind, name, view),)
    return Plain(kind, start, at), Field(name, start, at, None, children, "quic.frame", "", "", view)


def read_connection_id(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[NewConnectionId, Field]:
    """NEW_CONNECTION_ID."""
    sequence, two = varint(data, at)
    retire, three = varint(data, two)
    four = three + 1
    five = four + data[three]
    end = five + TOKEN
    if end > len(data):
        raise IndexError
    cid, token = data[four:five], data[five:end]
    children = [
        type_field(start, at, kind, "NEW_CONNECTION_ID", view),
        Field("Sequence", at, two, sequence, (), "quic.nci.sequence", "", "", view),
        Field("Retire Prior To", two, three, retire, (), "quic.nci.retire_prior_to", "", "", view),
        Field("Connection ID Length", three, four, data[three], (), "quic.nci.connection_id.length", "", "", view),
        Field("Connection ID", four, five, cid, (), "quic.nci.connection_id", "", "", view),
        Field("Stateless Reset Token", five, end, token, (), "quic.nci.stateless_reset_token", "", "", view),
    ]
    if not cid:
        del children[4]
    text = f"{sequence}: {cid.hex()}"
    node = Field("NEW_CONNECTION_ID", start, end, None, tuple(children), "quic.frame", text, "", view)
    return NewConnectionId(kind, start, end, sequence, retire, cid, token), node


def read_path(data: bytes, start: int, at: int, kind: int, view: int, _codes: Codes) -> tuple[PathData, Field]:
    """PATH_CHALLENGE and PATH_RESPONSE."""
    end = at + PATH_DATA
    if end > len(data):
        raise IndexError
    name = FRAME_TYPES[kind].name
    abbrev = "quic.path_challenge.data" if kind == Type.PATH_CHALLENGE else "quic.path_response.data"
    content = data[at:end]
    children = (
        type_field(start, at, kind, name, view),
        Field("Data", at, end, content, (), abbrev, "", "", view),
    )
    return PathData(kind, start, end, content), Field(name, start, end, None, children, "quic.frame", content.hex(), "", view)


def read_close(data: bytes, start: int, at: int, kind: int, view: int, codes: Codes) -> tuple[Close, Field]:
    """CONNECTION_CLOSE, of the transport or of the application."""
    ours = kind == Type.CONNECTION_CLOSE
    name = FRAME_TYPES[kind].name
    children = [type_field(start, at, kind, name, view)]
    code, two = varint(data, at)
    said = error_name(code) if ours else codes.get(code, "")
    alert: tuple[Field, ...] = ()
    if ours and code >> 8 == 1:
        number = code & 0xFF
        told = alert_name(number)
        alert = (Field("TLS Alert Description", two - 1, two, number, (), "quic.cc.error_code.tls_alert", told, "", view),)
    label, abbrev = ("Error code", "quic.cc.error_code") if ours else ("Application Error code", "quic.cc.error_code.app")
    children.append(Field(label, at, two, code, alert, abbrev, said, "", view))
    blamed = None
    if ours:
        at = two
        blamed, two = varint(data, at)
        children.append(
            Field("Frame Type", at, two, blamed, (), "quic.cc.frame_type", type_name(blamed) if blamed else "", "", view)
        )
    length, three = varint(data, two)
    end = three + length
    if end > len(data):
        raise IndexError
    reason = data[three:end]
    children.append(Field("Reason phrase Length", two, three, length, (), "quic.cc.reason_phrase.length", "", "", view))
    if reason:
        phrase = reason.decode("utf-8", "replace")
        children.append(Field("Reason phrase", three, end, phrase, (), "quic.cc.reason_phrase", "", "", view))
    node = Field(name, start, end, None, tuple(children), "quic.frame", said or f"0x{code:x}", "", view)
    return Close(kind, start, end, code, blamed, reason), node

"""Invariant: a payload fits here exactly when it fits the grammar's layout (`test_skim` compares what is said about it)."""

import json
import struct

import pytest
from construct import Container
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench_streambus.grammar import REQUEST, REQUEST_TYPES, RESPONSE, STATUSES
from workbench_streambus.payload_text import layout_of
from workbench_streambus.seeds import request


def _read(payload: bytes, kind: int, status: int | None):
    layout = layout_of(kind, status)
    if layout is None:
        return None
    try:
        return layout(payload)
    except (struct.error, ValueError):
        return None


def _reply(payload: bytes, kind: int, status: int):
    data = RESPONSE.build({"request_id": 1, "status": status, "error_code": 0, "payload": payload}, request_type=kind)
    return RESPONSE.parse(data, surplus=0, request_type=kind).payload


def _request(payload: bytes, kind: int):
    return REQUEST.parse(request(1, kind, payload), surplus=0).payload


NEARLY = st.lists(
    st.binary(max_size=5) | st.integers(0, 4).map(lambda n: n.to_bytes(4, "big")) | st.just(bytes(8)), max_size=8
).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(NEARLY, st.integers(0, 9), st.sampled_from((None, *STATUSES.values(), 7)))
def test_fits_exactly_when_the_grammar_says_so(payload: bytes, kind: int, status: int | None):
    value = _request(payload, kind) if status is None else _reply(payload, kind, status)
    text = _read(payload, kind, status)
    assert (text is None) == isinstance(value, bytes)


def test_repeated_fields_are_lists_from_two_on():
    def records(count: int) -> bytes:
        return struct.pack(">II", 1, count) + struct.pack(">I1sI2sQ", 1, b"k", 2, b"vv", 5) * count

    def keys(count: int):
        text = _read(records(count), REQUEST_TYPES["Produce"], None)
        assert text is not None
        return json.loads("{" + text[0][:-1] + "}").get("streambus.payload.messages.key")

    assert [keys(0), keys(1), keys(2)] == [None, "6b", ["6b", "6b"]]


def test_names_are_quoted():
    payload = struct.pack(">H", 6) + 'a"\\é\n'.encode()
    fields, line = _read(payload, REQUEST_TYPES["DeleteTopic"], None) or ("", "")
    assert json.loads("{" + fields[:-1] + "}") == {"streambus.payload.name": 'a"\\é\n'}
    assert json.loads(f'"{line}"') == ' name a"\\é\n'


@pytest.mark.parametrize("kind", [0, 8, -1])
def test_unknown_types_are_opaque(kind):
    assert layout_of(kind, None) is None
    assert layout_of(kind, 0) is None
    assert layout_of(kind, STATUSES["error"]) is not None


def test_the_batch_limit_holds():
    assert _read(struct.pack(">II", 1, 1001) + bytes(20 * 1001), REQUEST_TYPES["Produce"], None) is None
    assert isinstance(_request(struct.pack(">II", 1, 0), REQUEST_TYPES["Produce"]), Container)

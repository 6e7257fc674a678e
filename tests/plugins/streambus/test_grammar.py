"""Round trips of every layout, the framers, and agreement with the words of the specification."""

import re
import zlib
from pathlib import Path

import pytest
from construct import ChecksumError, ConstructError
from hypothesis import given
from hypothesis import strategies as st

import workbench_streambus
from workbench.api import FrameError
from workbench_streambus.grammar import (
    ERROR_CODES,
    MAX_BATCH,
    MAX_LENGTH,
    MIN_LENGTH,
    REQUEST,
    REQUEST_TYPES,
    RESPONSE,
    STATUSES,
    counts_itself,
    frame,
    lenient_frame,
)

U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))
NAME = st.text(max_size=20)
MESSAGE = st.fixed_dictionaries({"key": st.binary(max_size=20), "value": st.binary(max_size=20), "timestamp": U64})
STORED = st.fixed_dictionaries({"offset": U64, "key": st.binary(max_size=20), "value": st.binary(max_size=20), "timestamp": U64})
TOPIC = st.fixed_dictionaries({"name": NAME, "first_partition": U32, "partitions": U32})
REQUESTS = {
    "Produce": {"partition": U32, "messages": st.lists(MESSAGE, max_size=4)},
    "Fetch": {"partition": U32, "offset": U64, "max_bytes": U32},
    "GetOffset": {"partition": U32, "timestamp": U64},
    "CreateTopic": {"name": NAME, "partitions": U32},
    "DeleteTopic": {"name": NAME},
    "ListTopics": {},
    "HealthCheck": {"echo_length": U16, "echo": st.binary(max_size=40)},
}
RESPONSES = {
    "Produce": {"first_offset": U64, "count": U32},
    "Fetch": {"next_offset": U64, "messages": st.lists(STORED, max_size=4)},
    "GetOffset": {"offset": U64},
    "CreateTopic": {"first_partition": U32, "partitions": U32},
    "DeleteTopic": {"partitions": U32},
    "ListTopics": {"topics": st.lists(TOPIC, max_size=4)},
    "HealthCheck": {
        "state": st.sampled_from(["serving", "draining"]),
        "oldest_version": st.integers(0, 255),
        "newest_version": st.integers(0, 255),
        "echo": st.binary(max_size=40),
    },
}
PING = {"request_id": 1, "type": "HealthCheck", "version": 1, "flags": 0, "payload": {"echo_length": 2, "echo": b"hi"}}


def resealed(data: bytes) -> bytes:
    """The same message with a right checksum."""
    return data[:-4] + zlib.crc32(data[:-4]).to_bytes(4, "big")


def same(parsed, given):
    """Whether a parsed container holds what was given, whatever else it computed."""
    if isinstance(given, dict):
        return all(same(parsed[name], value) for name, value in given.items())
    if isinstance(given, list):
        return len(parsed) == len(given) and all(same(*pair) for pair in zip(parsed, given, strict=True))
    return parsed == given


@pytest.mark.parametrize("kind", REQUESTS)
@given(data=st.data())
def test_every_request_survives_the_wire(kind, data):
    payload = data.draw(st.fixed_dictionaries(REQUESTS[kind]))
    value = {"request_id": data.draw(U64), "type": kind, "version": 1, "flags": data.draw(U16), "payload": payload}
    raw = REQUEST.build(value)
    parsed = REQUEST.parse(raw, surplus=0)
    assert same(parsed, value)
    assert parsed.length == len(raw) - 4
    assert parsed.crc == zlib.crc32(raw[:-4])
    assert frame(raw) == lenient_frame(raw) == len(raw)
    assert REQUEST.build(parsed) == raw


@pytest.mark.parametrize("kind", RESPONSES)
@given(data=st.data())
def test_every_reply_survives_the_wire(kind, data):
    payload = data.draw(st.fixed_dictionaries(RESPONSES[kind]))
    status = data.draw(st.sampled_from(["ok", "partial"]))
    value = {"request_id": data.draw(U64), "status": status, "error_code": "none", "payload": payload}
    kind_given = data.draw(st.sampled_from([kind, REQUEST_TYPES[kind]]))
    raw = RESPONSE.build(value, request_type=kind_given)
    parsed = RESPONSE.parse(raw, surplus=0, request_type=REQUEST_TYPES[kind])
    assert same(parsed, value)
    assert RESPONSE.build(parsed, request_type=REQUEST_TYPES[kind]) == raw


def test_an_error_reply_looks_the_same_for_every_request():
    value = {"request_id": 9, "status": "error", "error_code": "storage_error", "payload": {"detail": "volé"}}
    raw = RESPONSE.build(value, request_type=1)
    for kind in range(256):
        assert RESPONSE.parse(raw, surplus=0, request_type=kind).payload.detail == "volé"


def test_a_reply_to_an_unknown_request_keeps_its_payload_as_bytes():
    value = {"request_id": 9, "status": "ok", "error_code": "none", "payload": {"offset": 7}}
    raw = RESPONSE.build(value, request_type="GetOffset")
    assert RESPONSE.parse(raw, surplus=0, request_type=0).payload == (7).to_bytes(8, "big")


def test_a_number_works_where_a_name_does():
    assert REQUEST.build(PING | {"type": 7}) == REQUEST.build(PING)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0\0\1\0\0\0\1", b"\0\0\0\1\xff\xff\xff\xff" + bytes(64)])
def test_a_payload_that_does_not_fit_stays_opaque(payload):
    raw = REQUEST.build(PING | {"type": "Produce", "payload": payload})
    assert REQUEST.parse(raw, surplus=0).payload == payload


def test_left_over_bytes_make_a_payload_opaque():
    fetch = REQUEST.build(PING | {"type": "Fetch", "payload": {"partition": 0, "offset": 0, "max_bytes": 1}})
    longer = REQUEST.build(PING | {"type": "Fetch", "payload": fetch[16:-4] + b"!"})
    assert REQUEST.parse(longer, surplus=0).payload == fetch[16:-4] + b"!"


def test_a_batch_has_a_limit():
    message = {"key": b"", "value": b"", "timestamp": 0}
    for count, fits in ((MAX_BATCH, True), (MAX_BATCH + 1, False)):
        value = PING | {"type": "Produce", "payload": {"partition": 0, "messages": [message] * count}}
        if fits:
            assert len(REQUEST.parse(REQUEST.build(value), surplus=0).payload.messages) == count
        else:
            with pytest.raises(ConstructError):
                REQUEST.build(value)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_bit_is_noticed(position, bits):
    raw = bytearray(REQUEST.build(PING))
    position = 4 + position % (len(raw) - 4)  # the length itself is the framer's business
    raw[position] ^= bits
    with pytest.raises(ChecksumError):
        REQUEST.parse(bytes(raw), surplus=0)


def test_the_framer_waits_and_refuses():
    raw = REQUEST.build(PING)
    assert [frame(raw[:size]) for size in range(len(raw))] == [None] * len(raw)
    assert frame(raw + b"next") == len(raw)
    for length in (MIN_LENGTH - 1, MAX_LENGTH + 1):
        with pytest.raises(FrameError, match=str(length)):
            frame(length.to_bytes(4, "big"))
    assert frame(MAX_LENGTH.to_bytes(4, "big")) is None
    assert frame(MIN_LENGTH.to_bytes(4, "big") + bytes(MIN_LENGTH)) == 4 + MIN_LENGTH


@given(st.binary(max_size=60), st.binary(max_size=10))
def test_messages_of_old_peers_are_recognised_by_their_checksum(payload, behind):
    head = (20 + len(payload)).to_bytes(4, "big") + bytes(7) + b"\1\2\1\0\3"
    old = resealed(head + payload + bytes(4))
    assert counts_itself(old)
    assert lenient_frame(old + behind) == len(old)
    assert [lenient_frame(old[:size]) for size in range(len(old))] == [None] * len(old)
    parsed = REQUEST.parse(old, surplus=4)
    assert parsed.crc == zlib.crc32(old[:-4])
    assert not counts_itself(REQUEST.build(parsed))


def test_the_specification_names_the_same_numbers():
    text = (Path(workbench_streambus.__file__).parent / "SPECIFICATION.md").read_text(encoding="utf-8")
    assert {name: int(number) for name, number in re.findall(r"^### 4\.\d (\w+) \((\d)\)", text, re.MULTILINE)} == REQUEST_TYPES
    codes = re.findall(r"^\| (\d) \| ([a-z ]+) \|", text.partition("### 5.2")[2], re.MULTILINE)
    assert {name.replace(" ", "_"): int(number) for number, name in codes} == ERROR_CODES
    statuses = re.search(r"status \| u8 \| (.*?) \|", text)
    assert statuses is not None
    assert {name: int(number) for number, name in re.findall(r"(\d) (\w+)", statuses[1])} == STATUSES
    assert f"{MIN_LENGTH} to {MAX_LENGTH:,}" in text

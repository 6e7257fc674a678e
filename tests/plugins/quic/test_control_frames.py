"""Frames of numbers, connection IDs, paths, the end of a connection."""

import pytest

from workbench.api import Field, varint
from workbench_quic.control_frames import (
    NUMBERS,
    read_close,
    read_connection_id,
    read_numbers,
    read_padding,
    read_path,
    read_plain,
)
from workbench_quic.frame_items import Close, NewConnectionId, Numbers, PathData, Plain
from workbench_quic.frame_types import Type
from workbench_quic.names import NO_CODES, application_codes

H3 = application_codes("h3")


def values(field: Field) -> dict[str, object]:
    return {node.abbrev: node.value for _, node in field.walk() if node.value is not None}


@pytest.mark.parametrize("kind", NUMBERS)
def test_frames_of_numbers(kind: int):
    head = varint(kind)
    numbers = tuple(1000 * place + 7 for place in range(len(NUMBERS[kind])))
    data = head + b"".join(map(varint, numbers))
    item, field = read_numbers(data + b"\x01", 0, len(head), kind, 0, NO_CODES)
    assert item == Numbers(kind, 0, len(data), numbers)
    found = values(field)
    assert [found[abbrev] for _, abbrev in NUMBERS[kind]] == list(numbers)
    for size in range(len(head), len(data)):
        with pytest.raises(IndexError):
            read_numbers(data[:size], 0, len(head), kind, 0, NO_CODES)


def test_errors_of_the_application_have_names():
    data = b"\x04\x04" + varint(0x10C) + b"\x00"
    _, field = read_numbers(data, 0, 1, Type.RESET_STREAM, 0, H3)
    assert field.find("quic.rsts.application_error_code").text == "H3_REQUEST_CANCELLED"
    assert field.find("quic.rsts.stream_id").text == ""


def test_a_run_of_padding_is_one():
    item, field = read_padding(b"\x01\0\0\0\x01", 1, 2, 0, 0, NO_CODES)
    assert item == Plain(0, 1, 4)
    assert values(field) == {"quic.frame_type": 0, "quic.padding_length": 3}


def test_frames_that_are_only_a_type():
    item, field = read_plain(b"\x1e", 0, 1, 0x1E, 0, NO_CODES)
    assert item == Plain(0x1E, 0, 1)
    assert field.name == "HANDSHAKE_DONE"


def test_new_connection_id():
    data = b"\x18\x02\x01\x04" + b"\xaa\xbb\xcc\xdd" + bytes(range(16))
    item, field = read_connection_id(data, 0, 1, 0x18, 0, NO_CODES)
    assert item == NewConnectionId(0x18, 0, len(data), 2, 1, b"\xaa\xbb\xcc\xdd", bytes(range(16)))
    assert values(field)["quic.nci.stateless_reset_token"] == bytes(range(16))
    with pytest.raises(IndexError):
        read_connection_id(data[:-1], 0, 1, 0x18, 0, NO_CODES)


def test_an_empty_connection_id_has_no_field():
    _, field = read_connection_id(b"\x18\x02\x01\x00" + bytes(16), 0, 1, 0x18, 0, NO_CODES)
    assert field.find("quic.nci.connection_id") is None


@pytest.mark.parametrize(("kind", "abbrev"), [(0x1A, "quic.path_challenge.data"), (0x1B, "quic.path_response.data")])
def test_paths(kind: int, abbrev: str):
    data = bytes((kind,)) + b"12345678"
    item, field = read_path(data, 0, 1, kind, 0, NO_CODES)
    assert item == PathData(kind, 0, 9, b"12345678")
    assert values(field)[abbrev] == b"12345678"
    with pytest.raises(IndexError):
        read_path(data[:-1], 0, 1, kind, 0, NO_CODES)


class TestClose:
    def test_of_the_transport(self):
        data = b"\x1c\x0a\x06\x02no"
        item, field = read_close(data, 0, 1, 0x1C, 0, NO_CODES)
        assert item == Close(0x1C, 0, 6, 0x0A, 6, b"no")
        assert field.text == "PROTOCOL_VIOLATION"
        assert field.find("quic.cc.frame_type").text == "CRYPTO"
        assert field.find("quic.cc.reason_phrase").value == "no"

    def test_an_alert_of_tls(self):
        _, field = read_close(b"\x1c\x41\x28\x00\x00", 0, 1, 0x1C, 0, NO_CODES)
        alert = field.find("quic.cc.error_code.tls_alert")
        assert (alert.value, alert.text, alert.start, alert.end) == (40, "handshake_failure", 2, 3)

    def test_of_the_application(self):
        item, field = read_close(b"\x1d\x41\x00\x00", 0, 1, 0x1D, 0, H3)
        assert item == Close(0x1D, 0, 4, 0x100, None, b"")
        assert field.text == "H3_NO_ERROR"
        assert field.find("quic.cc.error_code.app").value == 0x100

    def test_codes_without_a_name(self):
        assert read_close(b"\x1d\x41\x00\x00", 0, 1, 0x1D, 0, NO_CODES)[1].text == "0x100"

    def test_a_reason_that_is_cut(self):
        with pytest.raises(IndexError):
            read_close(b"\x1c\x0a\x06\x03no", 0, 1, 0x1C, 0, NO_CODES)

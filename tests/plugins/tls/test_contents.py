"""Alerts, heartbeats and the rest."""

import pytest

from support.tls import CLIENT, SERVER, messages, record
from workbench_tls.contents import read_alerts, read_closed, read_heartbeat, read_other
from workbench_tls.messages import Draft
from workbench_tls.wire import Piece


def draft(kind: int, data: bytes) -> Draft:
    raw = record(kind, data)
    return Draft(CLIENT, Piece("record", 0, len(raw), raw))


@pytest.mark.parametrize(
    ("data", "label", "closes"),
    [
        (b"\1\0", "close_notify", True),
        (b"\2\x28", "fatal_alert", True),
        (b"\1\x5a", "alert", False),
        (b"\2\x00", "close_notify", True),
    ],
)
def test_alerts(data, label, closes):
    made = draft(21, data)
    assert read_alerts(made, data, 0, 5) is closes
    assert made.labels == [label]
    message = made.message()
    assert message.root.find("tls.alert_message.desc").value == data[1]
    assert message.value["alerts"] == [{"level": data[0], "desc": data[1]}]


@pytest.mark.parametrize("data", [b"", b"\2", b"\2\x28\1"])
def test_alerts_have_two_bytes(data):
    made = draft(21, data)
    read_alerts(made, data, 0, 5)
    assert made.message().errors


def test_heartbeats():
    """RFC 6520 4."""
    made = draft(24, b"\1\0\3abc" + bytes(16))
    read_heartbeat(made, made.fragment, 0, 5)
    message = made.message()
    assert message.root.find("tls.heartbeat_message.payload").value == b"abc"
    assert len(message.root.find("tls.heartbeat_message.padding").value) == 16
    assert not message.errors


def test_heartbleed_is_noticed():
    made = draft(24, b"\1\x40\0abc")
    read_heartbeat(made, made.fragment, 0, 5)
    message = made.message()
    assert "Heartbleed" in message.notes[0].text
    assert message.errors


def test_a_heartbeat_needs_a_header():
    made = draft(24, b"\1")
    read_heartbeat(made, b"\1", 0, 5)
    assert made.message().errors


def test_change_cipher_spec_is_one():
    made = draft(20, b"\2")
    read_other(made, 20, b"\2", 0, 5)
    assert [note.section for note in made.notes] == ["RFC 5246 7.1"]


@pytest.mark.parametrize(
    ("kind", "label"),
    [(21, "encrypted_alert"), (22, "encrypted_handshake"), (23, "application_data"), (26, "encrypted")],
)
def test_closed_records(kind, label):
    made = draft(kind, b"x" * 20)
    read_closed(made)
    assert made.labels == [label]
    assert made.content == {"data": b"x" * 20}


def test_records_in_the_middle_of_a_capture():
    """No hello was seen: what cannot be in the clear is not."""
    turns = [(SERVER, record(22, b"\xc3" * 40)), (SERVER, record(21, b"\x99" * 24)), (SERVER, record(23, b"x" * 30))]
    assert [message.label for message in messages(turns)] == ["encrypted_handshake", "encrypted_alert", "application_data"]

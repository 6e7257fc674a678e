"""Messages of packets: trees, views, values; what is made once is the same for all."""

import pytest

from support.quic_wire import CLIENT, PING, SERVER, Flows, KeyLog, Wire, stream
from workbench.api import Direction, Note, Severity, members_text, message_members
from workbench.api.deferred import flat_of
from workbench_quic.packets import Draft, first_byte, padding_message, reset_message, undecoded_message
from workbench_quic.versions import Kind


def named(fields):
    return {node.abbrev: (node.value, node.bits) for node in fields}


def test_first_bytes_of_long_headers():
    assert named(first_byte(0xC5, Kind.INITIAL, is_v2=False, opened=True)) == {
        "quic.header_form": (1, (0, 1)),
        "quic.fixed_bit": (True, (1, 2)),
        "quic.long.packet_type": (0, (2, 4)),
        "quic.long.reserved": (1, (4, 6)),
        "quic.packet_number_length": (1, (6, 8)),
    }
    assert "quic.long.packet_type_v2" in named(first_byte(0xD0, Kind.INITIAL, is_v2=True, opened=False))
    assert len(first_byte(0xD0, Kind.INITIAL, is_v2=True, opened=False)) == 3


def test_first_bytes_of_short_headers():
    assert named(first_byte(0x7E, Kind.ONE_RTT, is_v2=False, opened=True)) == {
        "quic.header_form": (0, (0, 1)),
        "quic.fixed_bit": (True, (1, 2)),
        "quic.spin_bit": (True, (2, 3)),
        "quic.short.reserved": (3, (3, 5)),
        "quic.key_phase": (True, (5, 6)),
        "quic.packet_number_length": (2, (6, 8)),
    }


def test_first_bytes_of_others():
    assert named(first_byte(0xFF, Kind.NEGOTIATION, is_v2=False, opened=False)) == {
        "quic.header_form": (1, (0, 1)),
        "quic.vn.unused": (0x7F, (1, 8)),
    }
    assert list(named(first_byte(0xFF, Kind.RETRY, is_v2=False, opened=False))) == ["quic.header_form", "quic.long.packet_type"]
    assert list(named(first_byte(0xFF, Kind.UNKNOWN, is_v2=False, opened=False))) == ["quic.header_form"]


def test_a_packet_that_was_opened_has_two_views_and_one_that_was_not_has_none():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    (message,) = flows.messages((CLIENT, wire.short(CLIENT, stream(0, b"ask"))))
    assert [view.name for view in message.views] == ["QUIC packet", "Decrypted QUIC"]
    assert message.bytes_of(message.root.find("quic.stream_data")) == b"ask"
    assert message.bytes_of(message.root.find("quic.dcid")) == b"server.."
    (closed,) = Flows().messages((CLIENT, wire.short(CLIENT, PING)))
    assert closed.views == ()
    assert closed.root.find("quic.remaining_payload").value == closed.raw[1:]


@pytest.mark.parametrize(("raw", "notes"), [(bytes(20), 0), (bytes(19) + b"x", 1)])
def test_padding(raw, notes):
    message = padding_message(Draft(Direction.TO_SERVER, 100, raw))
    assert (message.start, message.end, message.label, len(message.notes)) == (100, 120, "padding", notes)


def test_a_reset_shows_its_token():
    message = reset_message(Draft(Direction.TO_CLIENT, 0, b"\x43" + bytes(range(30)) + b"t" * 16))
    assert message.bytes_of(message.root.find("quic.stateless_reset_token")) == b"t" * 16
    assert message.bytes_of(message.root.find("quic.unpredictable_bits")) == bytes(range(30))


def test_bytes_that_were_lost_take_their_place():
    message = undecoded_message(Direction.TO_SERVER, 7, b"", Note(Severity.WARN, "lost"), lost=5)
    assert (message.start, message.end, message.raw, message.summary) == (7, 12, b"", "5 bytes that were not captured")


@pytest.mark.parametrize("cid", [b"server..", b""])
@pytest.mark.parametrize(
    "payload", [stream(0, b"ask"), stream(0, b"as", fin=True) + PING, b"\x02\x05\x00\x00\x00" + stream(4, b"more", 70), PING]
)
def test_an_ordinary_packet_says_the_same_before_and_after_somebody_looks(cid, payload):
    wire = Wire(server=cid)
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    flows.messages((SERVER, wire.short(SERVER, PING)))
    for spin in (0, 1):
        (message,) = flows.messages((CLIENT, wire.short(CLIENT, payload, spin=spin)))
        assert flat_of(message.root) is not None
        before = members_text(message_members(message))
        assert message.root.children
        assert members_text(message_members(message)) == before


def test_a_remarkable_packet_has_its_tree_at_once():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    (message,) = flows.messages((CLIENT, wire.short(CLIENT, b"\x1e")))
    assert flat_of(message.root) is None


def test_bytes_that_come_again_are_counted():
    wire = Wire()
    flows = Flows(KeyLog(wire))
    flows.messages(*wire.opening())
    first, again = (flows.messages((CLIENT, wire.short(CLIENT, stream(0, b"question", at) + PING)))[0] for at in (0, 3))
    assert first.root.find("quic.analysis.repeated_bytes") is None
    assert again.root.find("quic.analysis.repeated_bytes").value == 5

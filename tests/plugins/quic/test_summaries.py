"""Labels and summaries of packets."""

import pytest

from support.quic_wire import crypto, new_id, stream
from workbench_quic.frames import read_frames
from workbench_quic.levels import Level
from workbench_quic.summaries import FRAME_LABELS, KIND_LABELS, label_of, summary_of
from workbench_quic.versions import Kind

ACK = b"\x02\x05\x00\x00\x05"


def items(payload, level=Level.ONE_RTT):
    return read_frames(payload, level).items


def test_every_kind_has_a_label_of_its_own():
    assert set(KIND_LABELS) == set(Kind)
    assert len(set(KIND_LABELS.values())) == len(Kind)
    assert not any("." in label for label in KIND_LABELS.values())


@pytest.mark.parametrize(
    ("payload", "label"),
    [
        (ACK + stream(0, b"x") + bytes(3), "one_rtt.stream"),
        (b"\x1e" + stream(0, b"x"), "one_rtt.done"),
        (b"\x1d\x00\x00" + stream(0, b"x"), "one_rtt.close"),
        (ACK, "one_rtt.ack"),
        (b"\x01" + ACK, "one_rtt.ack"),
        (b"\x01", "one_rtt.ping"),
        (new_id(1, b"abcd") + b"\x10\x05", "one_rtt.id"),
        (b"\x10\x05", "one_rtt.flow"),
        (b"\x04\x00\x00\x00", "one_rtt.reset"),
        (b"\x30data", "one_rtt.datagram"),
        (b"\x1a" + bytes(8), "one_rtt.path"),
        (b"\x07\x01t", "one_rtt.token"),
        (b"\x21 unknown", "one_rtt.other"),
        (bytes(5), "one_rtt.other"),
    ],
)
def test_the_most_telling_frame_is_in_the_label(payload, label):
    assert label_of(Kind.ONE_RTT, items(payload)) == label
    assert label.partition(".")[2] in FRAME_LABELS


def test_packets_that_were_not_opened_have_their_kind_alone():
    assert label_of(Kind.HANDSHAKE, None) == "handshake"
    assert summary_of(Kind.HANDSHAKE, None, None) == "Handshake"


def test_a_summary_tells_of_the_first_frames():
    payload = ACK + crypto(b"abc", 7) + stream(4, b"xy", 9, fin=True) + b"\x31\x01d" + b"\x10\x05" + b"\x1d\x2a\x00" + b"\x01\x01"
    assert summary_of(Kind.ONE_RTT, 12, items(payload)) == (
        "1-RTT 12: ACK 5, CRYPTO 7+3, STREAM 4 9+2 end, DATAGRAM 1 bytes, MAX_DATA 5, CONNECTION_CLOSE (application) 0x2a, 2 more"
    )
    ids = b"".join(new_id(number, b"id-%d" % number) for number in range(12))
    assert summary_of(Kind.ONE_RTT, 1, items(b"\x01" + ids + b"\x01")) == "1-RTT 1: PING, NEW_CONNECTION_ID ×12, PING"
    assert summary_of(Kind.INITIAL, 0, items(b"\x06\x00\x01x" + bytes(9), Level.INITIAL)) == "Initial 0: CRYPTO 0+1, PADDING"

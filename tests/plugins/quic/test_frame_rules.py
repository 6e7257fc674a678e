"""Each rule about single frames: kept by one frame, broken by another."""

import pytest

from workbench.api import varint
from workbench_quic.frames import read_frames
from workbench_quic.levels import Level

FAR = (1 << 62) - 3


@pytest.mark.parametrize(
    ("good", "bad", "section"),
    [
        (b"\x0c\x00" + varint(FAR) + b"ab", b"\x0c\x00" + varint(FAR) + b"abc", "RFC 9000 19.8"),
        (b"\x06" + varint(FAR) + b"\x02ab", b"\x06" + varint(FAR) + b"\x03abc", "RFC 9000 19.6"),
        (b"\x02\x05\x00\x00\x05", b"\x02\x05\x00\x00\x06", "RFC 9000 19.3.1"),
        (b"\x07\x01x", b"\x07\x00", "RFC 9000 19.7"),
        (b"\x12" + varint(1 << 60), b"\x12" + varint((1 << 60) + 1), "RFC 9000 19.11"),
        (b"\x17" + varint(1 << 60), b"\x17" + varint((1 << 60) + 1), "RFC 9000 19.14"),
        (b"\x18\x01\x01\x01x" + bytes(16), b"\x18\x01\x01\x00" + bytes(16), "RFC 9000 19.15"),
        (b"\x18\x01\x01\x14" + bytes(36), b"\x18\x01\x01\x15" + bytes(37), "RFC 9000 19.15"),
        (b"\x18\x01\x01\x01x" + bytes(16), b"\x18\x01\x02\x01x" + bytes(16), "RFC 9000 19.15"),
        (b"\x1c\x00\x00\x02\xc3\xa4", b"\x1c\x00\x00\x01\xe4", "RFC 9000 19.19"),
        (b"\x24\x00\x00\x05\x05", b"\x24\x00\x00\x05\x06", "draft-ietf-quic-reliable-stream-reset"),
    ],
)
def test_rules(good: bytes, bad: bytes, section: str):
    assert read_frames(good, Level.ONE_RTT).notes == ()
    (note,) = read_frames(bad, Level.ONE_RTT).notes
    assert note.section == section
    assert (note.start, note.end) == (0, len(bad))

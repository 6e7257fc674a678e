"""The one-go reader says what `skim_frames` says, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_packets import frame, stream
from workbench_quic.frame_items import Ack, Stream
from workbench_quic.glances import MOST_RANGES
from workbench_quic.skim_frames import peek
from workbench_quic.skim_usual import read_usual
from workbench_quic.varints import LARGEST


def check(payload: bytes) -> bool:
    """Whether it was read, which then is right."""
    found = read_usual(payload)
    if found is None:
        return False
    seen = peek(payload)
    assert seen is not None
    acked, delay, ranges, name, offset, content, words, fields = found
    ack = next((item for item in seen.items if isinstance(item, Ack)), None)
    data = next((item for item in seen.items if isinstance(item, Stream)), None)
    assert (acked, delay, ranges) == ((ack.largest, ack.delay, ack.ranges) if ack else (-1, 0, ()))
    assert (name, offset, content, False) == ((data.stream, data.offset, data.data, data.fin) if data else (-1, 0, b"", False))
    assert len(seen.items) == (ack is not None) + (data is not None)
    assert (words, fields) == (seen.words, seen.fields)
    return True


ACKS = [
    frame(0x02, 10, 300, 0, 3),
    frame(0x02, 90_000, 0, 2, 2, 0, 4, 3, 1),
    frame(0x02, 20, 0, 1, 2, 0, 4),
    frame(0x02, 0, 0, 0, 0),
]
STREAMS = [
    stream(4, 0, b"hello"),
    stream(70, 100_000, b"x" * 70),
    frame(0x08, 4, b"to the end"),
    frame(0x0C, 4, 9, b"to the end"),
]


@pytest.mark.parametrize("payload", [*ACKS, *STREAMS, *(ack + data for ack in ACKS for data in STREAMS)])
def test_what_is_usual(payload: bytes):
    assert check(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x01",
        stream(4, 0, b"x", True),
        stream(4, 0, b""),
        stream(4, 0, b"x") + b"\0",
        stream(4, 0, b"x") + ACKS[0],
        ACKS[0] + b"\0",
        ACKS[0] + ACKS[0],
        frame(0x03, 10, 300, 0, 3, 0, 0, 0),
        frame(0x02, 1, 0, 0, 2),
        frame(0x02, 5, 0, 1, 1, 9, 9),
        frame(0x02, 5_000, 0, MOST_RANGES + 1, 0) + b"\0\0" * (MOST_RANGES + 1),
        frame(0x0E, 4, 0, 9, b"short"),
        frame(0x0E, 4, LARGEST, 1, b"x"),
        b"\x02\x40",
        b"\x0e\x04",
    ],
)
def test_what_is_not(payload: bytes):
    assert not check(payload)


@given(st.binary(max_size=40), st.sampled_from([b"", *ACKS]))
def test_any_bytes(payload: bytes, before: bytes):
    check(before + payload)

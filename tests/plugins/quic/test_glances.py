"""At a glance a payload says what its fields say, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.quic_packets import frame, stream
from workbench.api import flatten_fields
from workbench_quic.frames import read_frames
from workbench_quic.glances import MOST_FRAMES, MOST_RANGES, glance
from workbench_quic.levels import Level
from workbench_quic.varints import LARGEST


def check(payload: bytes) -> bool:
    """Whether there is a glance, which then is right."""
    seen = glance(payload)
    if seen is not None:
        frames = read_frames(payload, Level.ONE_RTT, 1)
        assert frames.notes == ()
        assert not any(node.error for field in frames.fields for _, node in field.walk())
        assert seen.items == frames.items == frames.heeded
        assert list(seen.flat.items()) == list(flatten_fields(frames.fields).items()), "the same values in the same order"
    return seen is not None


ORDINARY = [
    stream(4, 0, b"hello"),
    stream(4, 100_000, b"hello", True),
    stream(4, 0, b"", True),
    frame(0x08, 4, b"to the end"),
    frame(0x0D, 300, 70, b"to the end"),
    frame(0x0B, 3, 2, b"hi"),
    frame(0x02, 10, 300, 0, 3),
    frame(0x02, 20, 0, 1, 2, 0, 4),
    frame(0x02, 90_000, 0, 2, 2, 0, 4, 3, 1),
    frame(0x10, 1 << 30),
    frame(0x11, 4, 1 << 30),
    b"\x00",
    b"\x01",
]


@pytest.mark.parametrize("payload", ORDINARY)
def test_ordinary_frames(payload: bytes):
    assert check(payload)


@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=6))
def test_several_of_them(payloads: list[bytes]):
    assert check(b"".join(payloads))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        frame(0x1E),
        frame(0x03, 10, 300, 0, 3, 0, 0, 0),
        frame(0x1C, 0, 0, 0),
        b"\x40\x01",
        frame(0x02, 3, 0, 0, 4),
        frame(0x02, 3, 0, 1, 0, 5, 0),
        frame(0x02, 1000, 0, MOST_RANGES + 1, 0, *[0] * (2 * MOST_RANGES + 2)),
        frame(0x0E, 4, LARGEST, 1, b"x"),
        frame(0x0E, 4, 0, 6, b"short"),
        frame(0x0E, 4, 0),
        b"\x01" * (MOST_FRAMES + 1),
    ],
)
def test_what_is_left_to_a_closer_look(payload: bytes):
    assert not check(payload)


@given(st.lists(st.sampled_from(ORDINARY), max_size=3), st.binary(max_size=30), st.integers(0, 60))
def test_spoilt_payloads(payloads: list[bytes], more: bytes, size: int):
    check((b"".join(payloads) + more)[:size])

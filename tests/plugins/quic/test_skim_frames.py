"""Payloads as text say what their fields say, or nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins.quic.test_glances import ORDINARY

from support.quic_packets import frame, stream
from workbench.api import flatten_fields
from workbench_quic.frames import read_frames
from workbench_quic.levels import Level
from workbench_quic.skim_frames import peek
from workbench_quic.summaries import label_of, summary_of
from workbench_quic.varints import LARGEST
from workbench_quic.versions import Kind


def check(payload: bytes) -> bool:
    """Whether there is a text, which then is right."""
    seen = peek(payload)
    if seen is not None:
        frames = read_frames(payload, Level.ONE_RTT, 1)
        assert frames.notes == ()
        assert seen.items == frames.items
        assert f"{{{seen.fields}}}" == json.dumps(flatten_fields(frames.fields), separators=(",", ":")), "in the same order, too"
        assert seen.label == label_of(Kind.ONE_RTT, frames.items)
        assert json.loads(f'"{Kind.ONE_RTT.value} 7: {seen.words}"') == summary_of(Kind.ONE_RTT, 7, frames.items)
        assert seen.words.isascii()
    return seen is not None


@pytest.mark.parametrize("payload", ORDINARY)
def test_each_ordinary_frame(payload: bytes):
    assert check(payload)


@given(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=6))
def test_several_of_them(payloads: list[bytes]):
    assert check(b"".join(payloads))


def test_a_frame_that_repeats_is_counted():
    assert check(b"\x01" * 3)
    assert check(stream(4, 0, b"a") + stream(8, 0, b"b"))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        frame(0x1E),
        frame(0x40, 1),
        frame(0x02, 1, 0, 0, 2),
        frame(0x02, 5, 0, 1, 1, 9, 9),
        frame(0x02, 500, 0, 400, 0),
        frame(0x0E, 4, 0, 9, b"short"),
        frame(0x0E, 4, LARGEST, 1, b"x"),
        b"\x10",
        stream(4, 0, b"a") + stream(8, 0, b"b") + b"\x1e",
    ],
)
def test_everything_else_is_left_alone(payload: bytes):
    assert not check(payload)


@given(st.binary(max_size=40))
def test_any_bytes(payload: bytes):
    check(payload)

"""Payloads: fields tile them whatever they hold, frames are found one after the other, and rules of 12.4 are kept or noted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Severity, varint
from workbench_quic.frame_items import Plain, Unknown
from workbench_quic.frame_types import FRAME_TYPES, Type
from workbench_quic.frames import MOST_FRAMES, MOST_NOTES, Frames, read_frames
from workbench_quic.levels import Level

EVERY_TYPE = {
    **dict.fromkeys((0x00, 0x01, 0x1E, 0x1F), b""),
    0x02: b"\x05\x00\x00\x00",
    0x03: b"\x05\x00\x00\x00\x01\x02\x03",
    0x04: b"\x00\x01\x02",
    0x05: b"\x00\x01",
    0x06: b"\x00\x02ab",
    0x07: b"\x02ab",
    **{kind: b"\x00" + b"\x07" * (kind >> 2 & 1) + b"\x01" * (kind >> 1 & 1) + b"x" for kind in range(0x08, 0x10)},
    **dict.fromkeys((0x10, 0x12, 0x13, 0x14, 0x16, 0x17, 0x19), b"\x05"),
    **dict.fromkeys((0x11, 0x15), b"\x00\x05"),
    0x18: b"\x01\x00\x04abcd" + bytes(16),
    **dict.fromkeys((0x1A, 0x1B), b"12345678"),
    0x1C: b"\x00\x00\x00",
    0x1D: b"\x00\x00",
    0x24: b"\x00\x01\x02\x02",
    0x30: b"hi",
    0x31: b"\x02hi",
    0xAF: b"\x00\x02\x40\x64\x01",
    0x02F5: b"\x40\x64",
}
TO_THE_END = {0x08, 0x09, 0x0C, 0x0D, 0x30}
"""Frames without a length."""


def tiled(payload: bytes, frames: Frames) -> None:
    at = 0
    for field in frames.fields:
        assert field.start == at
        at = field.end
        for _, node in field.walk():
            assert field.start <= node.start <= node.end <= field.end
            for child in node.children:
                assert node.start <= child.start <= child.end <= node.end
    assert at == len(payload)


class TestTypes:
    def test_all_are_here(self):
        assert set(EVERY_TYPE) == set(FRAME_TYPES)

    @pytest.mark.parametrize("kind", EVERY_TYPE)
    def test_each_is_read_to_its_end(self, kind: int):
        payload = varint(kind) + EVERY_TYPE[kind]
        end = len(payload)
        if kind not in TO_THE_END:
            payload += b"\x01"
        frames = read_frames(payload, Level.ONE_RTT, 1)
        tiled(payload, frames)
        assert (frames.items[0].kind, frames.items[0].end, frames.notes) == (kind, end, ())
        assert not any(node.error for field in frames.fields for _, node in field.walk())
        assert frames.fields[0].find("quic.frame_type").value == kind

    @pytest.mark.parametrize("kind", EVERY_TYPE)
    def test_each_may_be_cut_anywhere(self, kind: int):
        whole = b"\x01" + varint(kind) + EVERY_TYPE[kind]
        for size in range(2, len(whole)):
            frames = read_frames(whole[:size], Level.ONE_RTT)
            tiled(whole[:size], frames)
            broken = [node.error for field in frames.fields for _, node in field.walk() if node.error]
            assert broken == ["the packet ends inside this frame"] or (len(frames.items) == 2 and kind in TO_THE_END)

    def test_unknown_types_take_the_rest(self):
        payload = b"\x01\x7a\x42\x01\x01"
        frames = read_frames(payload, Level.ONE_RTT)
        tiled(payload, frames)
        assert frames.items == (Plain(1, 0, 1), Unknown(0x3A42, 1, 5))
        assert [(note.severity, note.section) for note in frames.notes] == [(Severity.WARN, "RFC 9000 19.21")]
        assert frames.fields[1].find("quic.remaining_payload").value == b"\x01\x01"


class TestRules:
    def test_a_frame_where_it_must_not_be(self):
        (note,) = read_frames(b"\x06\x00\x01x\x1e", Level.HANDSHAKE, at=30).notes
        assert (note.text, note.start, note.end) == ("HANDSHAKE_DONE must not be in Handshake packets", 34, 35)
        assert note.severity is Severity.ERROR

    def test_it_is_read_nevertheless_and_not_heeded(self):
        frames = read_frames(b"\x1e\x01", Level.INITIAL)
        assert [item.kind for item in frames.items] == [0x1E, 0x01]
        assert [item.kind for item in frames.heeded] == [0x01]

    def test_unknown_types_end_what_is_heeded(self):
        frames = read_frames(b"\x01\x7a\x42\x01", Level.ONE_RTT)
        assert [item.kind for item in frames.heeded] == [0x01]

    def test_a_type_longer_than_it_need_be(self):
        (note,) = read_frames(b"\x40\x01", Level.ONE_RTT).notes
        assert note.section == "RFC 9000 12.4"
        assert read_frames(b"\x40\xaf" + EVERY_TYPE[0xAF], Level.ONE_RTT).notes == ()

    def test_a_packet_without_frames(self):
        (note,) = read_frames(b"", Level.ONE_RTT).notes
        assert note.section == "RFC 9000 12.4"


class TestLimits:
    @pytest.mark.parametrize("kind", EVERY_TYPE)
    def test_so_many_frames_are_opened(self, kind: int):
        payload = b"\x01" * MOST_FRAMES + varint(kind) + EVERY_TYPE[kind]
        frames = read_frames(payload, Level.ONE_RTT)
        tiled(payload, frames)
        assert len(frames.items) == len(frames.heeded) == MOST_FRAMES
        assert [note.text for note in frames.notes] == [f"more than {MOST_FRAMES} frames in one packet"]
        assert frames.fields[-1].value == payload[MOST_FRAMES:]

    def test_so_many_remarks_are_made(self):
        assert len(read_frames(b"\x1e" * 1000, Level.INITIAL).notes) == MOST_NOTES


@given(st.binary(max_size=200), st.sampled_from(Level))
def test_any_bytes_are_tiled(payload: bytes, level: Level):
    tiled(payload, read_frames(payload, level))


@given(st.lists(st.sampled_from(sorted(set(EVERY_TYPE) - TO_THE_END - {Type.PADDING})), max_size=12), st.data())
def test_frames_follow_each_other(kinds: list[int], data: st.DataObject):
    payload = b"".join(varint(kind) + EVERY_TYPE[kind] for kind in kinds)
    frames = read_frames(payload, Level.ONE_RTT)
    assert [item.kind for item in frames.items] == kinds
    place = data.draw(st.integers(0, max(0, len(payload) - 1)))
    spoilt = payload[:place] + data.draw(st.binary(max_size=4)) + payload[place + 1 :]
    tiled(spoilt, read_frames(spoilt, Level.ONE_RTT))

import pytest

from support.websocket import MASK
from workbench.api import Direction, Severity
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.rules import frame_notes

UP, DOWN = Direction


def rules(frame, direction=UP, *, compression=False, fragmented=False, closed=False):
    notes = frame_notes(read_head(frame), direction, compression=compression, fragmented=fragmented, closed=closed)
    return [note.section for note in notes]


def up(opcode, payload=b"", **more):
    return build_frame(opcode, payload, key=MASK, **more)


@pytest.mark.parametrize("opcode", [1, 2, 8, 9, 10])
def test_sound_frames(opcode):
    assert rules(up(opcode, b"hello")) == []
    assert rules(build_frame(opcode, b"hello"), DOWN) == []


@pytest.mark.parametrize(
    ("frame", "more", "expected"),
    [
        (build_frame(1, b"x"), {}, ["RFC 6455 5.1"]),
        (up(1, b"x", rsv=4), {}, ["RFC 6455 5.2"]),
        (up(1, b"x", rsv=4), {"compression": True}, []),
        (up(1, b"x", rsv=2), {"compression": True}, ["RFC 6455 5.2"]),
        (up(9, b"x", rsv=4), {"compression": True}, ["RFC 7692 6"]),
        (up(0, b"x", rsv=4), {"compression": True, "fragmented": True}, ["RFC 7692 6"]),
        (up(3), {}, ["RFC 6455 5.2"]),
        (up(9, b"x", fin=False), {}, ["RFC 6455 5.5"]),
        (up(9, bytes(126)), {}, ["RFC 6455 5.5"]),
        (up(0), {}, ["RFC 6455 5.4"]),
        (up(0), {"fragmented": True}, []),
        (up(1), {"fragmented": True}, ["RFC 6455 5.4"]),
        (up(9), {"fragmented": True}, []),
        (up(1), {"closed": True}, ["RFC 6455 5.5.1"]),
        (bytes.fromhex("81fe0005") + MASK, {}, ["RFC 6455 5.2"]),
        (bytes.fromhex("81ff8000000000000000") + MASK, {}, ["RFC 6455 5.2"]),
    ],
)
def test_each_rule(frame, more, expected):
    assert rules(frame, **more) == expected


def test_a_server_must_not_mask():
    assert rules(up(1, b"x"), DOWN) == ["RFC 6455 5.1"]


def test_a_key_of_zeros_is_a_remark_only():
    (note,) = frame_notes(read_head(build_frame(1, b"x", key=bytes(4))), UP, compression=False, fragmented=False, closed=False)
    assert (note.severity, note.section) == (Severity.NOTE, "RFC 6455 5.3")

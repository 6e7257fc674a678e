"""The client's control stream: SETTINGS first, then only what belongs there."""

import pytest

from workbench.api import varint
from workbench_http3.names import Type
from workbench_http3.server_budgets import ALLOWANCES, Budgets
from workbench_http3.server_control import MAX_SETTINGS, Control
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode, build, goaway, reserved, settings

E = ErrorCode


def control() -> Control:
    """One whose settings nobody wants to know."""
    return Control(Budgets(), lambda _: None)


def fault(*frames: bytes, greeted: bool = True) -> ErrorCode:
    found = control()
    with pytest.raises(ConnectionFault) as caught:
        found.receive((settings() if greeted else b"") + b"".join(frames))
    return caught.value.code


def test_settings_byte_by_byte():
    learnt = []
    found = Control(Budgets(), learnt.append)
    for byte in settings([(6, 1 << 40), (0x33, 1), (reserved(5), 9)]):
        found.receive(bytes((byte,)))
    assert learnt == [{6: 1 << 40, 0x33: 1, reserved(5): 9}]


@pytest.mark.parametrize("frame", [goaway(0), build(0), build(reserved(1))])
def test_settings_come_first(frame):
    assert fault(frame, greeted=False) is E.H3_MISSING_SETTINGS


@pytest.mark.parametrize("kind", [0, 1, 2, 4, 5, 6, 8, 9])
def test_frames_of_other_places(kind):
    assert fault(build(kind, b"\0\0\0\0")) is E.H3_FRAME_UNEXPECTED


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"\x06", E.H3_FRAME_ERROR), (b"\x06\x40", E.H3_FRAME_ERROR), (b"\x40", E.H3_FRAME_ERROR),
        (b"\x06\x01\x06\x01", E.H3_SETTINGS_ERROR),
        (b"\x02\x00", E.H3_SETTINGS_ERROR), (b"\x05\x00", E.H3_SETTINGS_ERROR), (b"\x08\x02", E.H3_SETTINGS_ERROR),
        (b"\x33\x02", E.H3_SETTINGS_ERROR), (bytes(MAX_SETTINGS + 1), E.H3_EXCESSIVE_LOAD),
    ],
)  # fmt: skip
def test_settings_that_cannot_be(payload, code):
    assert fault(build(Type.SETTINGS, payload), greeted=False) is code


@pytest.mark.parametrize("kind", [Type.GOAWAY, Type.MAX_PUSH_ID, Type.CANCEL_PUSH])
@pytest.mark.parametrize("payload", [b"", b"\x40", b"\x01\x02", bytes(9)])
def test_numbers_that_are_none(kind, payload):
    assert fault(build(kind, payload)) is E.H3_FRAME_ERROR


def test_numbers_that_go_the_wrong_way():
    assert fault(goaway(3), goaway(3), goaway(4)) is E.H3_ID_ERROR
    assert fault(build(Type.MAX_PUSH_ID, varint(5)), build(Type.MAX_PUSH_ID, varint(4))) is E.H3_ID_ERROR
    assert fault(build(Type.CANCEL_PUSH, varint(0))) is E.H3_ID_ERROR


def test_what_is_fine():
    frames = (
        goaway(9),
        goaway(0),
        build(Type.MAX_PUSH_ID, varint(9)),
        build(Type.PRIORITY_UPDATE, b"\0u=1"),
        build(reserved(0), b"x"),
    )
    control().receive(settings() + b"".join(frames))


@pytest.mark.parametrize(("frame", "name"), [(goaway(0), "control frames"), (build(reserved(0)), "unknown frames")])
def test_floods(frame, name):
    assert fault(frame * (ALLOWANCES[name][0] + 1)) is E.H3_EXCESSIVE_LOAD
    control().receive(settings() + frame * ALLOWANCES[name][0])

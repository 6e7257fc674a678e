"""h2 behind our judgement: what it says, what it refuses, and the table sizes it would forget."""

import pytest
from hpack import Decoder

from workbench_http2.server_core import MAX_STREAMS, Core
from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_frames import ErrorCode, FrameType, cut, settings, window_update


def started() -> Core:
    core = Core()
    core.start()
    core.settings([])
    core.output()
    return core


def frames(data: bytes):
    return list(cut(bytearray(data)))


def test_the_preface():
    (frame,) = frames(Core().start())
    assert frame.type == FrameType.SETTINGS
    assert b"\0\x03" + MAX_STREAMS.to_bytes(4, "big") in frame.payload


def test_a_request_and_its_response():
    core = started()
    core.headers(1, True)
    core.send_headers(1, ((b":status", b"200"),))
    core.send_data(1, b"abc", end=True)
    head, data = frames(core.output())
    assert [(bytes(n), bytes(v)) for n, v in Decoder().decode(head.payload, raw=True)] == [(b":status", b"200")]
    assert (data.payload, data.flags) == (b"abc", 1)


def test_more_streams_than_announced_are_not_its_business():
    core = started()
    for number in range(1, 2 * MAX_STREAMS + 20, 2):
        core.headers(number, True)


def test_refusals_become_faults_and_leave_no_goaway():
    core = started()
    with pytest.raises(ConnectionFault) as caught:
        core.feed(window_update(0, 2**31 - 1))
    assert caught.value.code is ErrorCode.FLOW_CONTROL_ERROR
    assert core.output() == b""


@pytest.mark.parametrize(
    ("sizes", "announced"),
    [
        ([[0]], b"\x20"),
        ([[0], [0]], b"\x20"),
        ([[0, 4096]], b"\x20\x3f\xe1\x1f"),
        ([[100], [0], [50], [4096]], b"\x20\x3f\xe1\x1f"),
        ([[4096]], b""),
    ],
)
def test_table_sizes_are_announced_the_smallest_and_the_last(sizes, announced):
    core = started()
    for frame in sizes:
        core.settings([(1, size) for size in frame])
    core.headers(1, True)
    core.output()
    core.send_headers(1, ((b":status", b"200"),))
    (head,) = frames(core.output())
    assert head.payload == announced + b"\x88"


def test_room_is_the_smallest_of_windows_and_frame():
    core = started()
    core.settings([(4, 10)])
    core.headers(1, True)
    assert core.room(1) == 10
    core.feed(window_update(1, 100_000))
    assert core.room(1) == 16_384


def test_upgrading():
    core = Core()
    assert frames(core.start_upgraded([(4, 7)]))[0].type == FrameType.SETTINGS
    assert core.room(1) == 7
    assert settings([(4, 7)])[9:] == b"\0\4\0\0\0\7"

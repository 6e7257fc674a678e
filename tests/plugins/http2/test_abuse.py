"""Floods and rapid resets: a remark at the threshold, and again at each doubling."""

import pytest

from support.http2 import ASK, CLIENT, OK, SERVER, after_hello, data, frame, headers, said, settings
from workbench_http2.abuse import CONTROL_FLOOD, EMPTY_FRAMES, RAPID_RESETS
from workbench_http2.names import Type


def remarked(found, text):
    return [place for place, message in enumerate(found, 1) if text in said(message)]


@pytest.mark.parametrize(
    ("one", "text", "section"),
    [
        (frame(Type.PING, opaque=bytes(8)), "PING flood", "CVE-2019-9512"),
        (settings((3, 1)), "SETTINGS flood", "CVE-2019-9515"),
        (frame(Type.PRIORITY, 1, stream_dependency=3), "PRIORITY flood", "CVE-2019-9513"),
        (frame(Type.WINDOW_UPDATE, 0, window_size_increment=1), "WINDOW_UPDATE flood", "RFC 9113 10.5"),
    ],
)
def test_control_floods(one, text, section):
    found = after_hello((CLIENT, one * (4 * CONTROL_FLOOD + 1)))
    places = remarked(found, text)
    assert [place - places[0] for place in places] == [0, CONTROL_FLOOD, 3 * CONTROL_FLOOD]
    assert {note.section for note in found[places[0] - 1].notes} == {section}


def test_work_in_between_is_no_flood():
    ping = frame(Type.PING, opaque=bytes(8))
    found = after_hello(*[(CLIENT, headers(2 * turn + 1, end=True) + ping * 60) for turn in range(4)])
    assert remarked(found, "flood") == []


def test_acknowledgements_are_no_flood():
    assert remarked(after_hello((CLIENT, frame(Type.PING, flags=1, opaque=bytes(8)) * 300)), "flood") == []


def test_empty_frames():
    found = after_hello((CLIENT, headers(1) + data(1) * (EMPTY_FRAMES + 5)))
    assert remarked(found, "carry nothing") == [EMPTY_FRAMES + 1]


def test_rapid_reset():
    reset = [headers(number, end=True) + frame(Type.RST_STREAM, number, error=8) for number in range(1, 2 * RAPID_RESETS + 20, 2)]
    found = after_hello((CLIENT, b"".join(reset)))
    assert remarked(found, "rapid reset") == [2 * RAPID_RESETS]
    assert found[2 * RAPID_RESETS - 1].notes[-1].section == "CVE-2023-44487"


def test_resets_behind_the_answer_are_none():
    turns = []
    for number in range(1, 2 * RAPID_RESETS + 20, 2):
        turns += [
            (CLIENT, headers(number, ASK)),
            (SERVER, headers(number, OK)),
            (CLIENT, frame(Type.RST_STREAM, number, error=8)),
        ]
    assert remarked(after_hello(*turns), "rapid reset") == []

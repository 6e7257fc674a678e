"""Limits of the decoder that need a long conversation to be reached."""

from support.http2 import ASK, CLIENT, HELLO, assert_sound, block, data, frame, headers, messages, said
from workbench_http2 import limits
from workbench_http2.hpack import pack
from workbench_http2.limits import MAX_LINES, MAX_NOTES, MAX_STREAMS
from workbench_http2.names import Type


def test_every_limit_is_listed():
    assert set(limits.__all__) == {name for name in vars(limits) if name.isupper()}


def test_many_open_streams_do_not_pile_up():
    asks = b"".join(headers(number) for number in range(1, 2 * MAX_STREAMS + 200, 2))
    found = messages(*HELLO, (CLIENT, asks + data(1, b"x") + data(2 * MAX_STREAMS + 199, b"y")))
    assert not any(message.errors for message in found)


def test_many_lines_and_many_remarks_are_cut():
    lines = [{"form": "WITHOUT", "index": 0, "name": b"Upper", "value": b""}] * (MAX_LINES + 50)
    found = messages(*HELLO, (CLIENT, frame(Type.HEADERS, 1, 5, fragment=block(ASK) + pack(lines))))
    assert_sound(found)
    assert "54 of" in said(found[-1])
    assert len(found[-1].notes) == MAX_NOTES
    assert sum(1 for _ in found[-1].root.walk()) < 20_000

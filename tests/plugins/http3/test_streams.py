"""Streams: who opens which, what they are for, and what their halves hold."""

import pytest

from support.http3 import CLIENT, SERVER
from workbench_http3.names import StreamType
from workbench_http3.streams import Half, Role, new_stream, opener, role_of, unidirectional
from workbench_http3.wire import Kind, Piece, Wire


@pytest.mark.parametrize(
    ("number", "who", "single"),
    [(0, CLIENT, False), (1, SERVER, False), (2, CLIENT, True), (3, SERVER, True), (104, CLIENT, False)],
)
def test_numbers(number, who, single):
    assert (opener(number), unidirectional(number)) == (who, single)


def test_roles():
    assert [role_of(kind) for kind in StreamType] == [Role.CONTROL, Role.PUSH, Role.ENCODER, Role.DECODER, Role.WEBTRANSPORT]
    assert role_of(0x21) is Role.OTHER


def test_a_new_stream():
    assert new_stream(0, 100).role is Role.REQUEST
    assert new_stream(2, 100).role is Role.UNKNOWN
    assert not new_stream(0, 100).waiting


def test_what_is_held_is_weighed():
    half = Half(Wire(100, unidirectional=False))
    half.hold([Piece(Kind.FRAME, 0, 3, b"abc"), Piece(Kind.FRAME, 3, 3, b"")])
    assert half.weight > 3
    assert half.take().raw == b"abc"
    half.take()
    assert (half.weight, len(half.held)) == (0, 0)

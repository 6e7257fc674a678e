"""The client's unidirectional streams find their readers, and those that must stay must stay."""

import pytest

from workbench.api import StopSending, StreamData
from workbench_http3.server_budgets import ALLOWANCES, Budgets
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_incoming import MAX_UNNAMED, Incoming


class Heard:
    """What readers got, and what was said."""

    def __init__(self):
        self.control, self.encoder, self.said = bytearray(), bytearray(), []
        readers = {0: self.control.extend, 2: self.encoder.extend, 3: lambda _: None}
        self.incoming = Incoming(readers, Budgets(), self.said.append)

    def get(self, number: int, data: bytes = b"", end: bool = False) -> None:
        self.incoming.receive(StreamData(number, data, end))


def fault(act) -> ErrorCode:
    with pytest.raises(ConnectionFault) as caught:
        act()
    return caught.value.code


def test_bytes_find_their_reader():
    heard = Heard()
    heard.get(2, b"\x40")
    heard.get(6, b"\x02ab")
    heard.get(2, b"\x00cd")
    heard.get(2, b"ef")
    assert (heard.control, heard.encoder) == (b"cdef", b"ab")


def test_one_of_each():
    heard = Heard()
    for number, kind in ((2, b"\x00"), (6, b"\x02"), (10, b"\x03")):
        heard.get(number, kind)
        assert fault(lambda kind=kind: heard.get(14, kind)) is ErrorCode.H3_STREAM_CREATION_ERROR
        assert fault(lambda number=number: heard.get(number, end=True)) is ErrorCode.H3_CLOSED_CRITICAL_STREAM
        assert fault(lambda number=number: heard.incoming.end(number)) is ErrorCode.H3_CLOSED_CRITICAL_STREAM


def test_a_client_cannot_push():
    assert fault(lambda: Heard().get(2, b"\x01\x00")) is ErrorCode.H3_STREAM_CREATION_ERROR


def test_unknown_streams_are_not_read():
    heard = Heard()
    heard.get(2, b"\x21whatever")
    heard.get(2, b"and more", end=True)
    assert heard.said == [StopSending(2, ErrorCode.H3_STREAM_CREATION_ERROR)]


def test_streams_may_end_before_they_have_a_type():
    heard = Heard()
    heard.get(2, end=True)
    heard.get(6, b"\x40")
    heard.incoming.end(6)
    heard.get(6, b"\x00")
    assert not heard.control, "what is over is over"


def test_floods():
    heard = Heard()
    for number in range(MAX_UNNAMED):
        heard.get(2 + 4 * number)
    assert fault(lambda: heard.get(2 + 4 * MAX_UNNAMED)) is ErrorCode.H3_EXCESSIVE_LOAD
    heard = Heard()
    most = ALLOWANCES["unknown streams"][0]
    for number in range(most):
        heard.get(2 + 4 * number, b"\x21")
    assert fault(lambda: heard.get(2 + 4 * most, b"\x21")) is ErrorCode.H3_EXCESSIVE_LOAD

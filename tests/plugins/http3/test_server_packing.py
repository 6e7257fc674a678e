"""Field sections of the server are read by everybody; the client has nothing to acknowledge."""

import pylsqpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.qpack_static import STATIC
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_packing import Acknowledgments, pack

FIELDS = st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=200)), min_size=1, max_size=10)


@given(FIELDS)
def test_lsqpack_reads_it(fields):
    assert pylsqpack.Decoder(0, 0).feed_header(0, pack(fields)) == (b"", fields)


def test_the_static_table_is_used():
    assert pack([STATIC[25]]) == b"\x00\x00\xd9"
    assert pack([(b":status", b"418")])[2:4] == b"\x5f\x09", "the name's index"


def test_the_client_may_cancel():
    stream = Acknowledgments()
    for byte in b"\x40\x44\x7f\xe1\x07":
        stream.receive(bytes((byte,)))


@pytest.mark.parametrize("data", [b"\x80", b"\x84", b"\x00", b"\x01", b"\x3f\x00", b"\x40\x01", b"\x7f" + b"\xff" * 10])
def test_what_the_client_must_not_say(data):
    with pytest.raises(ConnectionFault) as caught:
        Acknowledgments().receive(data)
    assert caught.value.code is ErrorCode.QPACK_DECODER_STREAM_ERROR

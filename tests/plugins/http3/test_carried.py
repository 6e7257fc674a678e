"""The frames that carry a bare conversation: what the public reader reads, with places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import ConnectionClosed, Datagram, FrameError, StopSending, StreamData, StreamReset, read_frame, varint
from workbench_http3.carried import LONGEST, carried_fields, read_carried

NUMBERS = st.integers(0, (1 << 62) - 1)
FRAMES = st.one_of(
    st.builds(StreamData, NUMBERS, st.binary(max_size=40), st.booleans()),
    st.builds(StreamReset, NUMBERS, NUMBERS, NUMBERS),
    st.builds(StopSending, NUMBERS, NUMBERS),
    st.builds(Datagram, st.binary(max_size=40)),
    st.builds(ConnectionClosed, NUMBERS, st.binary(max_size=40)),
)


@given(FRAMES)
def test_as_the_public_reader(carried):
    raw = bytes(carried)
    found = read_carried(raw)
    assert found.end == len(raw) == read_frame(raw)[1]
    fields = carried_fields(found, raw)
    assert fields[0].abbrev == "quic.frame_type"
    assert all(0 <= field.start <= field.end <= len(raw) for field in fields)
    if isinstance(carried, StreamData):
        values = {field.abbrev: field.value for field in fields}
        assert (values["quic.stream.stream_id"], values["quic.stream.fin"]) == (carried.stream, carried.end)
        assert (found.fin, raw[found.at :]) == (carried.end, carried.data)


@given(FRAMES, st.data())
def test_a_head_that_is_not_there_whole(carried, data):
    raw = bytes(carried)
    found = read_carried(raw)
    cut = data.draw(st.integers(0, found.at - 1))
    assert read_carried(raw[:cut]) is None


@pytest.mark.parametrize("raw", [b"\x00", b"\x06\0", varint(0x4242), b"\x0a\0" + varint(LONGEST + 1)])
def test_what_no_application_sends(raw):
    with pytest.raises(FrameError):
        read_carried(raw)


def test_codes_have_names():
    raw = bytes(ConnectionClosed(0x10C, b"why"))
    fields = {field.abbrev: field for field in carried_fields(read_carried(raw), raw)}
    assert fields["quic.cc.error_code.app"].text == "H3_REQUEST_CANCELLED"
    assert fields["quic.cc.reason_phrase"].value == "why"

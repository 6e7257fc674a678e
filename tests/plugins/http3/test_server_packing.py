"""Field sections of the server are read by everybody, whatever the client's table is and whenever it acknowledges."""

import pylsqpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.qpack_static import STATIC
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_packing import NOTICED, OUTSTANDING, FieldEncoder, pack
from workbench_http3.server_qpack import QpackDecoder, Section

FIELDS = st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.binary(max_size=200)), min_size=1, max_size=10)
FEW = st.lists(
    st.sampled_from([(b":status", b"200"), (b"a", b"1"), (b"a", b"2"), (b"b", b"1" * 60), (b"vary", b"x"), (b"c", b"3" * 100)]),
    min_size=1, max_size=6,
)  # fmt: skip


@given(FIELDS)
def test_lsqpack_reads_it(fields):
    assert pylsqpack.Decoder(0, 0).feed_header(0, pack(fields)) == (b"", fields)


def test_the_static_table_is_used():
    assert pack([STATIC[25]]) == b"\x00\x00\xd9"
    assert pack([(b":status", b"418")])[2:4] == b"\x5f\x09", "the name's index"


@given(st.lists(FEW, min_size=1, max_size=25), st.sampled_from((0, 33, 100, 200, 4096)), st.integers(0, 3), st.randoms())
def test_any_client_reads_it(responses, capacity, streams, random):
    """Acknowledgments come late or never, sections overtake instructions; the decoder is the library that browsers' relatives use."""
    encoder, reader = FieldEncoder(4096), pylsqpack.Decoder(capacity, streams)
    late = bytearray(encoder.allow(capacity, streams))
    waiting = {}
    for number, fields in enumerate(responses):
        said, section = encoder.encode(4 * number, fields)
        late += said
        if random.random() < 0.6:
            for stream in reader.feed_encoder(bytes(late)):
                assert reader.resume_header(stream)[1] == waiting.pop(stream)
            late.clear()
        try:
            back, found = reader.feed_header(4 * number, section)
        except pylsqpack.StreamBlocked:
            waiting[4 * number] = fields
            assert len(waiting) <= streams
        else:
            assert found == fields
            if random.random() < 0.7:
                encoder.receive(back)
    for stream in reader.feed_encoder(bytes(late)):
        assert reader.resume_header(stream)[1] == waiting.pop(stream)
    assert not waiting


@given(st.lists(FEW, min_size=1, max_size=25), st.sampled_from((100, 200, 4096)))
def test_a_client_that_acknowledges_everything(responses, capacity):
    encoder, reader = FieldEncoder(4096), QpackDecoder(capacity, 0, 1 << 20)
    reader.instructions(encoder.allow(capacity, 0))
    for number, fields in enumerate(responses):
        said, section = encoder.encode(4 * number, fields)
        assert reader.section(4 * number, section) == Section(tuple(fields), True), "where no stream may wait, none must"
        encoder.receive(reader.output())
        reader.instructions(said)
        encoder.receive(reader.output())
        assert encoder._size == reader.table.size


def test_what_comes_again_is_inserted_once_and_then_referred_to():
    encoder = FieldEncoder(4096)
    assert encoder.allow(200, 4) == b"\x3f\xa9\x01"
    field = ((b"server", b"workbench"),)
    assert encoder.encode(0, field) == (b"", pack(field))
    said, section = encoder.encode(4, field)
    assert (said[:2], section) == (b"\xff\x1d", b"\x02\x00\x80"), "with the name of the static table's entry 92"
    assert encoder.encode(8, field) == (b"", b"\x02\x00\x80")


def test_a_client_that_acknowledges_nothing():
    encoder = FieldEncoder(4096)
    encoder.allow(4096, 1 << 30)
    field = ((b"server", b"workbench"),)
    sections = [encoder.encode(4 * number, field)[1] for number in range(OUTSTANDING + 10)]
    assert sections.count(b"\x02\x00\x80") == OUTSTANDING
    assert sections[-1] == pack(field)
    encoder.receive(b"\x84")
    assert encoder.encode(4000, field)[1] == b"\x02\x00\x80"


def test_what_is_noticed_is_bounded():
    encoder = FieldEncoder(4096)
    encoder.allow(4096, 16)
    for number in range(2 * NOTICED):
        encoder.encode(4 * number, ((b"x-number", b"%d" % number),))
    assert len(encoder._noticed) == NOTICED
    assert not encoder._entries


def test_cancelled_streams_refer_to_nothing():
    encoder = FieldEncoder(4096)
    encoder.allow(100, 4)
    for stream in (0, 4):
        encoder.encode(stream, ((b"server", b"workbench"),))
    encoder.receive(b"\x44")
    assert (encoder._sections, encoder._count) == ({}, 0)
    with pytest.raises(ConnectionFault):
        encoder.receive(b"\x84")


def test_the_client_may_cancel():
    encoder = FieldEncoder(0)
    for byte in b"\x40\x44\x7f\xe1\x07":
        encoder.receive(bytes((byte,)))


@pytest.mark.parametrize("data", [b"\x80", b"\x84", b"\x00", b"\x01", b"\x3f\x00", b"\x40\x01", b"\x7f" + b"\xff" * 10])
def test_what_the_client_must_not_say(data):
    with pytest.raises(ConnectionFault) as caught:
        FieldEncoder(4096).receive(data)
    assert caught.value.code is ErrorCode.QPACK_DECODER_STREAM_ERROR

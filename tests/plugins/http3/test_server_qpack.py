"""The decoder of field sections: against another encoder, by the RFC's own example, and with everything that is wrong."""

import pylsqpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.checks.literals import capacity, dynamic, insert, literal, prefix
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_qpack import Blocked, QpackDecoder, Section

NAMES = st.sampled_from((b":path", b"user-agent", b"x-a", b"x-b", b"cookie"))
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=30)), max_size=6)


def decoder(room: int = 4096, streams: int = 16, most: int = 32_768) -> QpackDecoder:
    return QpackDecoder(room, streams, most)


@given(st.lists(FIELDS, max_size=12), st.sampled_from((0, 64, 200, 4096)), st.integers(1, 5))
def test_against_another_encoder(requests, room, size):
    encoder = pylsqpack.Encoder()
    found = decoder(room)
    found.instructions(encoder.apply_settings(room, 16))
    for number, fields in enumerate(requests):
        said, section = encoder.encode(4 * number, fields)
        if number % 2:
            early = found.section(4 * number, section)
            assert isinstance(early, Blocked) or list(early.fields) == fields
            if isinstance(early, Section):
                encoder.feed_decoder(found.output())
                continue
        for start in range(0, len(said), size):
            found.instructions(said[start : start + size])
        assert found.section(4 * number, section) == Section(tuple(fields), True)
        encoder.feed_decoder(found.output())


def test_the_example_of_the_rfc():
    """RFC 9204 appendix B."""
    found = decoder(220)
    path = Section(((b":path", b"/index.html"),), True)
    assert found.section(0, bytes.fromhex("0000510b2f696e6465782e68746d6c")) == path
    found.instructions(bytes.fromhex("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468"))
    assert (found.table.inserted, found.table.size) == (2, 106)
    host = (b":authority", b"www.example.com")
    assert found.section(4, bytes.fromhex("03811011")) == Section((host, (b":path", b"/sample/path")), True)
    assert found.output() == bytes.fromhex("84")
    found.instructions(bytes.fromhex("4a637573746f6d2d6b65790c637573746f6d2d76616c7565"))
    assert found.output() == bytes.fromhex("01")
    found.instructions(bytes.fromhex("02"))
    assert found.table.size == 217
    custom = (b"custom-key", b"custom-value")
    assert found.section(8, bytes.fromhex("050080c181")) == Section((host, (b":path", b"/"), custom), True)
    assert found.output() == bytes.fromhex("88")
    found.instructions(bytes.fromhex("810d637573746f6d2d76616c756532"))
    assert (found.table.inserted, found.table.size) == (5, 215)
    assert found.output() == b"\x01"


def test_waiting_and_giving_up():
    found = decoder(streams=1)
    section = prefix(2) + dynamic(0)
    assert found.section(0, section) == Blocked(1)
    assert found.section(0, section) == Blocked(1), "the same stream may ask again"
    found.cancel(0)
    assert found.output() == b"\x40"
    assert found.section(4, section) == Blocked(1), "there is room for another"
    found.instructions(capacity(100) + insert(b"a", b"b"))
    assert found.section(4, section) == Section(((b"a", b"b"),), True)
    assert found.output() == b"\x84", "an acknowledgment says that the insertion was seen, too"


def test_without_a_table_nothing_is_cancelled():
    found = decoder(0)
    found.cancel(0)
    assert found.output() == b""


def test_a_section_that_is_too_large():
    found = decoder(most=100)
    assert found.section(0, prefix() + literal(b"a", b"b") * 4) == Section(((b"a", b"b"),) * 2, False)
    found.instructions(capacity(100) + insert(b"a", b"b" * 60))
    assert found.section(4, prefix(2) + dynamic(0) * 4) == Section(((b"a", b"b" * 60),), False)


def fails(act) -> ErrorCode:
    with pytest.raises(ConnectionFault) as caught:
        act()
    return caught.value.code


@pytest.mark.parametrize(
    "section",
    [
        b"", b"\x00", b"\x02", prefix(2, 0, negative=True)[:1], prefix(255), prefix(1 << 20), prefix(2, 1, negative=True),
        prefix(0, 0, negative=True), prefix() + b"\xff\x24", prefix() + dynamic(0), prefix() + b"\x10", prefix() + b"\x21",
        prefix() + b"\x5f\x54\x00", prefix(2), prefix(2) + dynamic(1), prefix(2) + b"\x10", prefix(2) + b"\x00\x00",
        prefix() + b"\x21a\x84\xff\xff\xff\xff", prefix() + b"\xff" * 12,
    ],
)  # fmt: skip
def test_broken_sections(section):
    found = decoder()
    found.instructions(capacity(100) + insert(b"a", b"b"))
    assert fails(lambda: found.section(0, section)) is ErrorCode.QPACK_DECOMPRESSION_FAILED


@pytest.mark.parametrize(
    "said",
    [b"\x3f\xe2\x1f", insert(b"a", b"b"), capacity(40) + insert(b"a", b"b" * 8), capacity(100) + b"\x00", capacity(100) + b"\x80\x00",
     capacity(100) + b"\xff\x24\x00", capacity(100) + b"\x41a\x84\xff\xff\xff\xff", capacity(100) + b"\x41a\x7f\xff\x07"],
)  # fmt: skip
def test_broken_instructions(said):
    assert fails(lambda: decoder().instructions(said)) is ErrorCode.QPACK_ENCODER_STREAM_ERROR


def test_a_wait_too_many():
    found = decoder(streams=0)
    assert fails(lambda: found.section(0, prefix(2) + dynamic(0))) is ErrorCode.QPACK_DECOMPRESSION_FAILED


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes(said, section):
    found = decoder()
    for act in (lambda: found.instructions(capacity(100) + said), lambda: found.section(0, section)):
        try:
            act()
        except ConnectionFault:
            return
    assert len(found._buffer) <= 60


def test_an_insert_count_that_wraps():
    encoder = pylsqpack.Encoder()
    found = decoder(64)
    found.instructions(encoder.apply_settings(64, 16))
    for number in range(50):
        fields = [(b"x-%d" % (number % 7), b"1")]
        said, section = encoder.encode(4 * number, fields)
        found.instructions(said)
        assert found.section(4 * number, section) == Section(tuple(fields), True)
        encoder.feed_decoder(found.output())

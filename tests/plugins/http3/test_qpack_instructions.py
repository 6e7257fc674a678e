"""Instructions of both streams of QPACK: read, written, cut short, broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.limits import MAX_LITERAL
from workbench_http3.qpack_instructions import Kind, instruction_value, pack_instruction, read_decoder, read_encoder
from workbench_http3.qpack_literals import BrokenError, ShortError, integer

NUMBERS = st.integers(0, 1 << 40)
TEXT = st.binary(max_size=50)
ENCODER = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from(("CAPACITY", "DUPLICATE")), "number": NUMBERS}),
    st.fixed_dictionaries(
        {
            "kind": st.just("INSERT_NAMED"),
            "static": st.booleans(),
            "number": NUMBERS,
            "value": TEXT,
            "value_huffman": st.booleans(),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("INSERT_LITERAL"),
            "name": TEXT,
            "name_huffman": st.booleans(),
            "value": TEXT,
            "value_huffman": st.booleans(),
        }
    ),
)
DECODER = st.fixed_dictionaries({"kind": st.sampled_from(("ACKNOWLEDGE", "CANCEL", "INCREMENT")), "number": NUMBERS})


@given(ENCODER)
def test_encoder_instructions_both_ways(value):
    raw = pack_instruction(value)
    found = read_encoder(b"before" + raw + b"after", 6)
    assert (found.size, found.at, found.canonical) == (len(raw), 6, True)
    assert instruction_value(found) == value


@given(DECODER)
def test_decoder_instructions_both_ways(value):
    raw = pack_instruction(value)
    found = read_decoder(raw)
    assert found.size == len(raw)
    assert instruction_value(found) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3fbd01", {"kind": "CAPACITY", "number": 220}),
        (
            "c00f7777772e6578616d706c652e636f6d",
            {"kind": "INSERT_NAMED", "static": True, "number": 0, "value": b"www.example.com"},
        ),
        (
            "4a637573746f6d2d6b65790c637573746f6d2d76616c7565",
            {"kind": "INSERT_LITERAL", "name": b"custom-key", "value": b"custom-value"},
        ),
        ("02", {"kind": "DUPLICATE", "number": 2}),
        ("810d637573746f6d2d76616c756532", {"kind": "INSERT_NAMED", "static": False, "number": 1, "value": b"custom-value2"}),
    ],
)
def test_rfc_9204_appendix_b_encoder(text, value):
    found = read_encoder(bytes.fromhex(text))
    assert instruction_value(found) | value == instruction_value(found)
    assert pack_instruction(value).hex() == text


@pytest.mark.parametrize(
    ("text", "kind", "number"), [("84", Kind.ACKNOWLEDGE, 4), ("01", Kind.INCREMENT, 1), ("48", Kind.CANCEL, 8)]
)
def test_rfc_9204_appendix_b_decoder(text, kind, number):
    found = read_decoder(bytes.fromhex(text))
    assert (found.kind, found.number) == (kind, number)


@given(ENCODER, st.data())
def test_cut_short(value, data):
    raw = pack_instruction(value)
    cut = data.draw(st.integers(1, len(raw)))
    if cut == len(raw):
        assert read_encoder(raw).size == cut
        return
    with pytest.raises(ShortError) as short:
        read_encoder(raw[:cut])
    assert cut < short.value.needed <= len(raw)


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_are_read_or_refused(data):
    for read in (read_encoder, read_decoder):
        try:
            assert 0 < read(data).size <= len(data)
        except (ShortError, BrokenError):
            continue


def test_a_literal_that_fits_no_table():
    with pytest.raises(BrokenError, match="where 1048576 are the most"):
        read_encoder(b"\xc0" + integer(MAX_LITERAL + 1, 7))

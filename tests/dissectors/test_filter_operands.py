import pytest

from dissectors.field_catalog import Kind
from dissectors.field_values import Computed, Constant, HeaderBytes, Sliced
from dissectors.filter_line import read_line
from dissectors.filter_names import Names
from dissectors.filter_operands import operand, source_of
from dissectors.filter_syntax import Word
from dissectors.term_error import TermError
from support.toy import TOY

NAMES = Names((TOY,))


def source(text: str):
    """What a value means."""
    return source_of(read_line(f"{text} > 0").left, NAMES)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("tcp.len + 1", Kind.NUMBER),
        ("len(tcp)", Kind.NUMBER),
        ("count(ip.addr)", Kind.NUMBER),
        ("lower(frame.comment)", Kind.TEXT),
        ("string(ip.src)", Kind.TEXT),
        ("tcp[0:2]", Kind.BYTES),
        ("tcp[13] & 2", Kind.NUMBER),
        ("frame.time - frame.time", Kind.SPAN),
        ("frame.time_delta + 0.5", Kind.SPAN),
        ("frame.time + 5", Kind.TIME),
        ("toy.number * 2", None),
        ("abs(tcp.len - 5)", Kind.NUMBER),
        ("-tcp.len", Kind.NUMBER),
    ],
)
def test_kinds(text, kind):
    assert source(text).kind is kind


def test_numbers_beside_bytes_are_bytes():
    found = source("tcp[13] & 12")
    assert isinstance(found, Computed)
    assert found.right == Constant(0x12)
    assert isinstance(found.left, Sliced)
    assert isinstance(found.left.of, HeaderBytes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp + 1", "a protocol is nothing to compute with"),
        ("ip.src + 1", "address is nothing to compute with"),
        ('len("a")', "a text is nothing"),
        ("len(5)", "nothing called 5"),
        ("lower(tcp.len)", "lower is for text"),
        ("len(tcp, udp)", "len takes one value"),
        ("frame.time * 2", "times know no *"),
        ("nobody + 1", "nothing called nobody"),
        ("5[0]", "nothing called 5"),
    ],
)
def test_what_cannot_be_computed(text, said):
    with pytest.raises(TermError) as caught:
        source(text)
    assert said in caught.value.sentence


def test_sides_of_a_comparison():
    syntax = read_line("toy.kind == www.example.com")
    assert operand(syntax.right, NAMES, first=False) == Word("www.example.com", 12)
    assert operand(read_line("tcp.len > -5").right, NAMES, first=False) == Word("-5", 10)
    with pytest.raises(TermError):
        operand(Word("tcp.strem", 0), NAMES, first=True)

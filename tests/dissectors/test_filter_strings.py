import pytest

from dissectors.filter_strings import character, quoted, raw
from dissectors.term_error import TermError


@pytest.mark.parametrize(
    ("source", "text", "pattern"),
    [
        ('"abc"', "abc", "abc"),
        (r'"a\"b\\c"', 'a"b\\c', r'a"b\c'),
        (r'"\x41\101\n\t"', "AA\n\t", r"\x41\101\n\t"),
        (r'"\u00e9"', "é", r"\u00e9"),
        (r'"\d+\."', "d+.", r"\d+\."),
        (r'"\\."', "\\.", r"\."),
    ],
)
def test_escapes(source, text, pattern):
    found = quoted(source, 3)
    assert (found.text, found.pattern, found.source, found.at) == (text, pattern, source, 3)


def test_single_bytes_survive_encoding():
    assert quoted(r'"\xff\377"', 0).text.encode("utf-8", "surrogateescape") == b"\xff\xff"


def test_raw_strings_have_no_escapes():
    assert raw(r'r"\d\x41"', 0).text == r"\d\x41"


def test_a_character_is_one():
    assert character("'a'", 0).text == "a"
    assert character(r"'\n'", 0).text == "\n"
    with pytest.raises(TermError, match="more than one"):
        character("'ab'", 0)

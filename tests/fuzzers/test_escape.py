from hypothesis import given
from hypothesis import strategies as st

from fuzzers.escape import SHOWN, printable, shown, shown_value


def test_bytes_as_text():
    assert shown(b"GET /\r\n\x1b[31m\\") == "GET /\\x0d\\x0a\\x1b[31m\\x5c"
    assert shown(b"a" * 70) == "a" * SHOWN + "… (70 bytes)"


def test_values_as_text():
    assert shown_value(b"\x00x") == '"\\x00x"'
    assert shown_value(12) == "12"
    assert shown_value("a\u202eb\n") == "'a\\u202eb\\n'"
    assert len(shown_value("x" * 1000)) == SHOWN + 1


@given(st.binary(max_size=200), st.text(max_size=200))
def test_nothing_that_a_terminal_would_obey(data: bytes, text: str):
    assert shown(data).isprintable()
    assert shown_value(text).isprintable()
    assert shown_value(data).isprintable()


@given(st.binary(max_size=12))
def test_short_bytes_come_back(data: bytes):
    assert shown(data).encode().decode("unicode_escape").encode("latin-1") == data


def test_one_line_that_harms_nobody():
    assert printable("a\x1b[0m\nb\u2028é") == "a?[0m?b?é"

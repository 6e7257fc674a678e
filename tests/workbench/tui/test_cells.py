import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from workbench.tui.cells import bar, chart, clean, count, duration, fit, middle, printable, size, sparkline


@given(
    st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cc", "Cs", "Mn", "Me", "Cf", "Zl", "Zp"))),
    st.integers(1, 40),
)
def test_fitted_text_takes_exactly_its_cells(text: str, width: int):
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit(text, width, right=True)) == width


def test_fit_pads_and_cuts():
    assert fit("abc", 5) == "abc  "
    assert fit("abc", 5, right=True) == "  abc"
    assert fit("abcdef", 4) == "abc…"
    assert fit("日本語", 5) == "日本…"
    assert fit("x", 0) == ""


def test_middle_keeps_both_ends():
    assert middle("fe80::1234:5678:9abc:def0", 12) == "fe80:…c:def0"
    assert middle("short", 12) == "short"


@given(st.text())
def test_cleaned_text_cannot_move_the_cursor(text: str):
    assert clean(text).isprintable()


def test_clean_escapes_what_a_terminal_obeys():
    assert clean("plain") == "plain"
    assert clean("\x1b[31m\n") == "\\x1b[31m\\n"
    assert clean("a\\b") == "a\\\\b"


def test_what_is_escaped_already_is_not_escaped_twice():
    assert printable("case \\x00 → \\xff\nsecond line") == "case \\x00 → \\xff\nsecond line"
    assert printable("name \x1b[31m.pcap\nok") == "name \\x1b[31m.pcap\nok"


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1499, "1.5 kB"), (38_000_000, "38 MB"), (10**13, "10 TB")]
)
def test_sizes(octets: int, text: str):
    assert size(octets) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (850, "850 ns"),
        (12_300, "12.3 µs"),
        (4_510_000, "4.51 ms"),
        (2_070_000_000, "2.07 s"),
        (185 * 10**9, "3 m 05 s"),
        (7260 * 10**9, "2 h 01 m"),
    ],
)
def test_durations(nanoseconds: int, text: str):
    assert duration(nanoseconds) == text


def test_count_groups_digits():
    assert count(1_234_567) == "1,234,567"


def test_sparkline_shows_the_last_values_against_the_largest():
    assert sparkline([9, 0, 1, 4, 8], 4) == " ▁▄█"
    assert sparkline([0, 0], 4) == "  "


def test_bar_fills_its_share():
    assert bar(0.5, 4) == "██  "
    assert bar(1.5, 3) == "███"
    assert bar(0.125, 4) == "▌   "


def test_chart_stacks_lines_from_the_top():
    assert chart([0, 1, 2], 2) == ["  █", " ██"]
    assert chart([0.0001, 8], 1) == ["▁█"]
    assert chart([], 3) == ["", "", ""]

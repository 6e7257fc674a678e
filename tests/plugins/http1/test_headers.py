"""Field lines: names, values, folds, and every way of writing them that recipients differ about."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http1 import headers as module
from workbench_http1.headers import _doubtful_headers, line_content, lines_of, parse_headers


def parse(data: bytes):
    return parse_headers(data, 0, len(data))


def test_names_values_and_offsets():
    data = b"Host: a.test\r\nX-Empty:\r\nAccept:*/* \t\r\n"
    section = parse(data)
    assert section.notes == ()
    assert [(header.key, header.content) for header in section.headers] == [
        ("host", b"a.test"),
        ("x-empty", b""),
        ("accept", b"*/*"),
    ]
    host, _, accept = section.headers
    assert data[slice(*host.name)] == b"Host"
    assert data[slice(*host.value)] == b"a.test"
    assert data[accept.start : accept.end] == b"Accept:*/* \t\r\n"
    assert data[slice(*accept.value)] == b"*/*"


def test_lists_run_over_all_lines_of_a_name():
    section = parse(b"TE: a, b\r\nX: 1\r\nte:,c ,\r\n")
    assert section.members("te") == [b"a", b"b", b"c"]
    assert len(section.all("te")) == 2


def test_folded_lines_are_one_field():
    section = parse(b"A: one\r\n  two\r\n\tthree\r\nB: x\r\n")
    assert [header.content for header in section.headers] == [b"one two three", b"x"]
    assert [(note.section, note.start, note.end) for note in section.notes] == [("RFC 9112 5.2", 0, 23)]


@pytest.mark.parametrize(
    ("data", "section"),
    [
        (b"A : x\r\n", "RFC 9112 5.1"),
        (b"no colon\r\n", "RFC 9112 5"),
        (b": x\r\n", "RFC 9112 5"),
        (b"A(b): x\r\n", "RFC 9110 5.1"),
        (b"A: x\n", "RFC 9112 2.2"),
        (b"A: x\ry\r\n", "RFC 9112 2.2"),
        (b"A: \rx\r\n", "RFC 9112 2.2"),
        (b"A: x\0\r\n", "RFC 9110 5.5"),
        (b"A: x\x01\r\n", "RFC 9110 5.5"),
    ],
)
def test_each_oddity_has_its_rule_and_its_place(data, section):
    (note,) = parse(data).notes
    assert note.section == section
    assert 0 <= note.start < note.end <= len(data)


def test_white_space_before_the_first_field():
    section = parse(b" Host: a\r\nB: x\r\n")
    assert "RFC 9112 2.2" in {note.section for note in section.notes}
    assert section.headers[-1].key == "b"


def test_only_so_many_lines_become_fields(monkeypatch):
    monkeypatch.setattr(module, "MAX_HEADERS", 3)
    section = parse(b"A: x\r\n" * 5)
    assert (len(section.headers), section.skipped) == (3, 2)
    assert "2 field lines beyond the first 3 are not shown" in {note.text for note in section.notes}


def test_line_content_strips_one_line_end():
    assert line_content(b"ab\r\n", 0, 4) == 2
    assert line_content(b"ab\n", 0, 3) == 2
    assert line_content(b"\r\r\n", 0, 3) == 1
    assert line_content(b"ab", 0, 2) == 2


def test_a_run_of_spaces_is_no_trap():
    data = b"A: x" + b" " * 200_000 + b"y\r\nB:" + b" \t" * 100_000 + b"\r\n"
    assert [len(header.content) for header in parse(data).headers] == [200_002, 0]


@given(st.binary(max_size=80) | st.text("aA:\r\n \t\0\x80", max_size=60).map(lambda text: text.encode("latin-1")))
def test_field_lines_tile_the_section(data):
    section = parse(data)
    ends = [0, *(header.end for header in section.headers)]
    assert [header.start for header in section.headers] == ends[:-1]
    assert ends[-1] == len(data) if data else not section.headers
    for header in section.headers:
        assert header.start <= header.name[0] <= header.name[1] <= header.value[0] <= header.value[1] <= header.end
    assert b"".join(data[start:end] for start, end in lines_of(data, 0, len(data))) == data


@given(
    st.lists(st.sampled_from([b"A: b\r\n", b"C-D:\r\n", b"E:  f \t g \r\n", b"G: \xff\r\n", b"H:i:j\r\n"]), max_size=6).map(
        b"".join
    )
)
def test_the_quick_way_finds_what_the_careful_way_finds(data):
    assert parse(data) == _doubtful_headers(data, 0, len(data))


_NAMES = st.text("abcXYZ-_09", min_size=1, max_size=8).map(str.encode)
_VALUES = st.text('abc ,;="\t\xe9', max_size=12).map(lambda text: text.strip(" \t").encode("latin-1"))


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=6))
def test_what_h11_accepts_is_read_equally(pairs):
    data = b"".join(b"%b: %b\r\n" % pair for pair in pairs)
    oracle = h11.Connection(h11.SERVER)
    oracle.receive_data(b"GET / HTTP/1.0\r\n" + data + b"\r\n")
    expected = oracle.next_event().headers
    assert [(header.key.encode(), header.content) for header in parse(data).headers] == list(expected)

"""Sections as text say what their fields say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http3 import section
from workbench.api import flatten_fields
from workbench_http3.qpack import pack, unpack
from workbench_http3.qpack_table import DynamicTable
from workbench_http3.section_fields import KNOWN, section_fields
from workbench_http3.skim_sections import section_text


def check(raw: bytes, *entries: tuple[bytes, bytes]) -> dict[str, object]:
    """The members, which are right."""
    table = DynamicTable()
    table.maximum = 4096
    table.resize(4096)
    for entry in entries:
        table.add(*entry)
    found = unpack(raw, table, 0)
    text = f"{{{section_text(found)}}}"
    assert text == json.dumps(flatten_fields(section_fields(found, 0, len(raw))), separators=(",", ":"))
    return json.loads(text)


def test_a_request():
    pairs = (
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"h"),
        (b":path", b"/"),
        (b"cookie", b"a"),
        (b"cookie", b"b"),
    )
    said = check(section(pairs))
    assert said["http3.request.full_uri"] == "https://h/"
    assert said["http3.headers.cookie"] == ["a", "b"]


def test_a_single_line_is_no_list():
    assert check(section([(b":status", b"200")]))["http3.headers.status"] == 200


def test_numbers_that_are_none_are_left_out():
    assert "http3.headers.content_length" not in check(section([(b"content-length", b"x"), (b"age", b"1" * 30)]))


def test_lines_out_of_both_tables():
    said = check(
        pack([{"form": "INDEXED", "static": False, "index": 0}, {"form": "INDEXED", "static": True, "index": 17}], encoded=2),
        (b"n", b"v"),
    )
    assert said["http3.qpack.entry"] == 0
    assert said["http3.qpack.section.base"] == 1


@pytest.mark.parametrize("raw", [b"", b"\0", b"\0\0", b"\0\0\xd1\xff", b"\xff\x01", b"\0\x80\xd1"])
def test_what_breaks_off_shows_what_came_before(raw: bytes):
    check(raw)


NAMES = st.sampled_from(sorted(KNOWN)) | st.binary(max_size=5)


@given(st.lists(st.tuples(NAMES, st.binary(max_size=6) | st.just(b"12")), max_size=8), st.booleans())
def test_any_lines(pairs: list[tuple[bytes, bytes]], never: bool):
    check(pack({"form": "LITERAL", "name": name, "value": value, "never": never} for name, value in pairs))


@given(st.binary(max_size=40))
def test_any_bytes(raw: bytes):
    check(raw, (b"n", b"v"))

"""HPACK: the examples of RFC 7541 appendix C, foreign encoders' stories, the way back, and everything that must be refused."""

import json

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from support.shared import ROOT
from workbench_http2.header_table import HeaderTable
from workbench_http2.hpack import UNKNOWN, Form, line_value, pack, unpack
from workbench_http2.limits import MAX_LINES

STORIES = ROOT.parent / "shared" / "captures" / "hpack"


def pairs(block):
    return [(line.name, line.value) for line in block.lines if line.form is not Form.RESIZE]


def decoded(text, table=None, allowed=4096):
    return unpack(bytes.fromhex(text), table or HeaderTable(), allowed)


REQUESTS = (
    [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"www.example.com")],
    [
        (b":method", b"GET"),
        (b":scheme", b"http"),
        (b":path", b"/"),
        (b":authority", b"www.example.com"),
        (b"cache-control", b"no-cache"),
    ],
    [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":path", b"/index.html"),
        (b":authority", b"www.example.com"),
        (b"custom-key", b"custom-value"),
    ],
)
DATE_21, DATE_22 = b"Mon, 21 Oct 2013 20:13:21 GMT", b"Mon, 21 Oct 2013 20:13:22 GMT"
PLACE = b"https://www.example.com"
COOKIE = b"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"
RESPONSES = (
    [(b":status", b"302"), (b"cache-control", b"private"), (b"date", DATE_21), (b"location", PLACE)],
    [(b":status", b"307"), (b"cache-control", b"private"), (b"date", DATE_21), (b"location", PLACE)],
    [
        (b":status", b"200"),
        (b"cache-control", b"private"),
        (b"date", DATE_22),
        (b"location", PLACE),
        (b"content-encoding", b"gzip"),
        (b"set-cookie", COOKIE),
    ],
)


@pytest.mark.parametrize(
    ("text", "line", "form"),
    [
        ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", (b"custom-key", b"custom-header"), Form.INCREMENTAL),
        ("040c2f73616d706c652f70617468", (b":path", b"/sample/path"), Form.WITHOUT),
        ("100870617373776f726406736563726574", (b"password", b"secret"), Form.NEVER),
        ("82", (b":method", b"GET"), Form.INDEXED),
    ],
)
def test_rfc_7541_c_2(text, line, form):
    block = decoded(text)
    assert pairs(block) == [line]
    assert block.lines[0].form is form


@pytest.mark.parametrize(
    ("texts", "lists", "capacity", "sizes"),
    [
        (
            ("828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
             "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"),
            REQUESTS, 4096, (57, 110, 164),
        ),
        (
            ("828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"),
            REQUESTS, 4096, (57, 110, 164),
        ),
        (
            (("4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17"
             "68747470733a2f2f7777772e6578616d706c652e636f6d"), "4803333037c1c0bf",
             ("88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f51"
             "57454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31")),
            RESPONSES, 256, (222, 222, 215),
        ),
        (
            ("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
             "4883640effc1c0bf",
             ("88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab"
             "270fb5291f9587316065c003ed4ee5b1063d5007")),
            RESPONSES, 256, (222, 222, 215),
        ),
    ],
    ids=("C.3", "C.4", "C.5", "C.6"),
)  # fmt: skip
def test_rfc_7541_c_3_to_c_6(texts, lists, capacity, sizes):
    table = HeaderTable()
    table.resize(capacity)
    for text, expected, size in zip(texts, lists, sizes, strict=True):
        block = decoded(text, table)
        assert pairs(block) == expected
        assert table.size == size
        assert pack(map(line_value, block.lines)).hex() == text


@pytest.mark.parametrize(("text", "value"), [("2a", 10), ("3f9a0a", 1337)])
def test_integers_of_rfc_7541_c_1(text, value):
    assert decoded(text).resizes == [value]


@pytest.mark.skipif(not STORIES.exists(), reason="the foreign captures (../shared/captures) are not on this machine")
@pytest.mark.parametrize("encoder", ["nghttp2", "haskell-http2-static"])
def test_stories_of_foreign_encoders(encoder):
    stories = sorted((STORIES / encoder).glob("story_*.json"))
    assert len(stories) > 30
    for story in stories:
        table = HeaderTable()
        for case in json.loads(story.read_text())["cases"]:
            wire = bytes.fromhex(case["wire"])
            block = unpack(wire, table, 65_536)
            assert not block.trouble
            expected = [(name.encode(), value.encode()) for line in case["headers"] for name, value in line.items()]
            assert pairs(block) == expected
            assert block.canonical
            assert pack(map(line_value, block.lines)) == wire


LISTS = st.lists(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.binary(max_size=40)), max_size=8), max_size=6)


@given(LISTS, st.booleans(), st.sampled_from([None, 0, 60, 4096]))
def test_what_another_encoder_says(lists, huffman, size):
    encoder, table = Encoder(), HeaderTable()
    if size is not None:
        encoder.header_table_size = size
    for headers in lists:
        wire = encoder.encode(headers, huffman=huffman)
        block = unpack(wire, table, 4096)
        assert not block.trouble
        assert pairs(block) == headers
        assert pack(map(line_value, block.lines)) == wire


def test_each_part_knows_its_place():
    data = bytes.fromhex("82408825a849e95ba97d7f0c") + b"custom-value"
    method, custom = unpack(data, HeaderTable(), 4096).lines
    assert (method.start, method.end, method.index) == (0, 1, 2)
    assert (custom.start, custom.end) == (1, len(data))
    assert (custom.name_at.start, custom.name_at.end, custom.name_at.huffman) == (3, 11, True)
    assert (custom.value_at.start, custom.value_at.end, custom.value_at.huffman) == (12, 24, False)
    assert data[custom.value_at.start : custom.value_at.end] == b"custom-value"


@pytest.mark.parametrize(
    ("text", "why", "section"),
    [
        ("80", "index 0", "6.1"),
        ("be", "index 62 is beyond the table", "2.3.3"),
        ("7e01", "beyond the table", "2.3.3"),
        ("ff", "ends within an integer", "5.1"),
        ("ff" + "80" * 4 + "ff7f", "more than 32 bits", "5.1"),
        ("ff" + "80" * 20 + "00", "more than 32 bits", "5.1"),
        ("4005", "5 bytes where 0 are left", "5.2"),
        ("4001", "1 bytes where 0", "5.2"),
        ("40", "ends before its last name", "5.2"),
        ("400161", "ends before its last value", "5.2"),
        ("418118", "not all ones", "5.2"),
        ("823f01", "behind a header field", "4.2"),
        ("3fe21f", "4096 are allowed", "6.3"),
    ],
)
def test_compression_errors(text, why, section):
    table = HeaderTable()
    block = decoded(text, table)
    assert why in block.trouble
    assert block.section == f"RFC 7541 {section}"
    assert table.doubtful


def test_in_the_middle_of_a_connection_an_unknown_index_is_a_placeholder():
    table = HeaderTable()
    table.doubtful = True
    block = decoded("be7e0161", table)
    assert pairs(block) == [(UNKNOWN, UNKNOWN), (UNKNOWN, b"a")]
    assert (block.trouble, block.unseen) == ("", 2)
    assert table.find(62) == (UNKNOWN, b"a")


def test_long_integers_that_are_small_are_not_canonical():
    assert not decoded("3f8000").canonical
    assert decoded("3f00").canonical


def test_a_bomb_is_counted_and_not_kept():
    table = HeaderTable()
    value = b"x" * 4000
    bomb = pack([{"form": "INCREMENTAL", "index": 0, "name": b"a", "value": value}]) + b"\xbe" * 20_000
    block = unpack(bomb, table, 4096)
    assert block.count == 20_001
    assert block.size == 20_001 * 4033
    assert len(block.lines) <= MAX_LINES
    assert sum(len(line.value) for line in block.lines) < 2 * 1_048_576


@given(st.binary(max_size=200), st.booleans())
def test_nothing_raises_and_places_are_in_order(data, doubtful):
    table = HeaderTable()
    table.doubtful = doubtful
    block = unpack(data, table, 4096)
    at = 0
    for line in block.lines:
        assert line.start == at < line.end <= len(data)
        at = line.end
    if not block.trouble:
        assert at == len(data)
        if block.canonical:
            assert pack(map(line_value, block.lines)) == data

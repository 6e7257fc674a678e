"""The filter line: what it means for packets and their messages."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_columns import Block
from dissectors.filter_rows import Rows
from dissectors.filter_view import View
from dissectors.filters import Filter, parse_filter
from support.filter_capture import frames, opened
from support.messages import message
from workbench.api import UNDECODED, Direction, Field, Message, ProtocolSpec, UsageError
from workbench.api import View as Bytes

SPECS = (
    ProtocolSpec(name="http1", title="H", prefix="http"),
    ProtocolSpec(name="dns", title="D", transport="udp"),
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("filters")) as found:
        yield found


def _messages() -> dict[str, Message]:
    fields = (
        Field("method", 0, 3, "GET", abbrev="http.request.method"),
        Field("code", 3, 4, 200, abbrev="http.response.code", text="OK"),
        Field("raw", 0, 4, b"GET\xc8", abbrev="http.raw"),
        Field("close", 0, 4, True, abbrev="http.close"),
    )
    http = message(
        Direction.TO_SERVER, b"GET\xc8", protocol="http1", summary="GET /Index", root=Field("http", 0, 4, children=fields)
    )
    views = (Bytes("wire", b"z"), Bytes("decoded", b"Hidden Text"))
    return {
        "http": http,
        "packed": replace(http, raw=b"z", summary="", views=views),
        "data": message(Direction.TO_SERVER, b"xyz", protocol=UNDECODED),
    }


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("http1", {"http", "packed"}),
        ("http", {"http", "packed"}),
        ("not http", {"data"}),
        ("data", {"data"}),
        ("dns", set()),
        ('"get"', {"http"}),
        ("/index", {"http"}),
        ('"hidden text"', {"packed"}),
        ('http not "index"', {"packed"}),
        ("port==8080", {"http", "packed", "data"}),
        ("http.request.method==GET", {"http", "packed"}),
        ("http.request.method==get", set()),
        ("http.request.method!=POST", {"http", "packed"}),
        ("http.request.method!=GET", set()),
        ("http.response.code==0xc8", {"http", "packed"}),
        ("http.response.code==OK", {"http", "packed"}),
        ("http.raw==47:45:54:c8", {"http", "packed"}),
        ("http.close==true", {"http", "packed"}),
        ("http.nothing", set()),
        ("http.response.code in {404, 200..299}", {"http", "packed"}),
        ('http.request.method in {"GET" POST}', {"http", "packed"}),
        ("not http.response.code contains 9", {"http", "packed", "data"}),
        ('http.request.method matches "^g.t$"', {"http", "packed"}),
        ("len(http.request.method)==3", {"http", "packed"}),
        ("count(http.request.method)==1", {"http", "packed"}),
        ("count(http.nothing)==0", set()),
        ("lower(http.request.method)==get", {"http", "packed"}),
        ("http.raw[0]==47", {"http"}),
        ('http[0:3] == "GET"', {"http"}),
        ("http.response.code - 150 > 49", {"http", "packed"}),
        ("http.response.code & 8", {"http", "packed"}),
        ("http.response.code~=200", set()),
        ("workbench.protocol == http1", {"http", "packed"}),
        ("workbench.direction == to_server", {"http", "packed", "data"}),
        ("(http.response.code==404 or http.close) http", {"http", "packed"}),
    ],
)
def test_messages(capture, text: str, passing: set[str]):
    parsed, rows = parse_filter(text, SPECS), Rows(capture)
    chosen = {
        name
        for name, found in _messages().items()
        if parsed.chosen([found], rows.headers(0), lambda question: rows.answer(0, question))
    }
    assert chosen == passing


def _passes(capture, text: str, *names: str) -> bool:
    found, rows = _messages(), Rows(capture)
    view = View(rows.headers(0), [found[name] for name in names])
    return parse_filter(text, SPECS).passes(view, lambda question: rows.answer(0, question))


@pytest.mark.parametrize(
    ("text", "names", "passes"),
    [
        ("", (), True),
        ("http", ("data", "http"), True),
        ("http", (), False),
        ("not http", (), True),
        ("not http", ("data", "http"), False),  # as in Wireshark: there is none in the packet
        ("http data", ("data", "http"), True),
        ("http data", ("data",), False),
        ("(http or dns) port==8080", ("http",), True),
        ("(http or dns) port==2", ("http",), False),
        ("dns or port==8080", ("http",), True),
        ("http.request.method!=GET", ("http", "data"), False),
        ("http.request.method!=PUT", ("data",), False),
        ("count(http.request.method) == 2", ("http", "http"), True),  # in the packet, not in a message
        ("http.response.code > tcp.len", ("http",), True),
        ("all tcp.port > 5000", (), True),
        ("all tcp.port > 10000", (), False),
    ],
)
def test_packets(capture, text: str, names: tuple[str, ...], passes: bool):
    assert _passes(capture, text, *names) is passes


def _chosen(capture, text: str, *names: str) -> list[str]:
    found, rows = _messages(), Rows(capture)
    wanted = parse_filter(text, SPECS)
    picked = wanted.chosen([found[name] for name in names], rows.headers(0), lambda question: rows.answer(0, question))
    return [name for name in names if any(message is found[name] for message in picked)]


def test_messages_that_pass_by_themselves_are_meant(capture):
    assert _chosen(capture, "http", "http", "data") == ["http"]
    assert _chosen(capture, "not http", "http", "data") == ["data"]
    assert _chosen(capture, "port==8080", "http", "data") == ["http", "data"]
    assert _chosen(capture, "port==2", "http", "data") == []


def test_where_none_does_those_are_meant_that_make_the_packet_pass(capture):
    assert _chosen(capture, "http data", "http", "data", "packed") == ["http", "data", "packed"]
    assert _chosen(capture, 'http data not "nothing"', "http", "data") == ["http", "data"]
    assert _chosen(capture, "http data dns", "http", "data") == []


def test_choosing_among_all_messages_goes_packet_by_packet(capture):
    found = _messages()
    stream = [replace(found["http"], packet=1), replace(found["data"], packet=1), replace(found["http"], packet=31)]
    assert list(parse_filter("http data", SPECS).choose(iter(stream), capture)) == stream[:2]
    assert list(parse_filter("http port==8080", SPECS).choose(iter(stream), capture)) == [stream[0]]
    assert list(parse_filter("", SPECS).choose(iter(stream), capture)) == stream


@pytest.mark.parametrize(
    "text",
    [
        "http",
        "not http",
        "not (http tcp)",
        "not (http or tcp)",
        "http or udp",
        "ip.ttl == 64",
        "not (ip.ttl == 64 http)",
        "udp.port == 53",
    ],
)
def test_what_is_possible_is_never_too_little_and_what_is_certain_never_too_much(capture, text):
    wanted, rows = parse_filter(text, SPECS), Rows(capture)
    certain, possible = wanted.bounds(Block(capture, 0, len(frames())), {})
    assert possible.tolist() == wanted.possible(Block(capture, 0, len(frames()))).tolist()
    for row in range(len(frames())):
        messages = [[], [_messages()["data"]]]
        if int(capture.index.stream[row]) >= 0 and int(capture.index.ip_protocol[row]) == 6:
            messages.append([_messages()["http"]])
        for each in messages:
            passes = wanted.passes(View(rows.headers(row), each), lambda question: rows.answer(row, question))  # noqa: B023
            assert certain[row] <= passes <= possible[row]


def test_needs_messages():
    assert not parse_filter("tcp 10.0.0.1 port==80 ip.ttl==1", SPECS).needs_messages
    assert parse_filter("tcp http", SPECS).needs_messages
    assert parse_filter('"text"', SPECS).needs_messages


SAID = """tcp http http.host tcp.port ip.addr frame.time == != > in { } ( ) , .. 80 10.0.0.1 "a" r"b" contains matches any all len max
- + & [ ] [0:2] not and or note.severity warn fuzz.mutation x"""
WORDS = st.sampled_from(SAID.split())


@given(st.one_of(st.text(), st.lists(WORDS, max_size=12).map(" ".join)))
def test_any_text_is_a_filter_or_a_usage_error(capture, text: str):
    try:
        parsed = parse_filter(text, SPECS)
    except UsageError as caught:
        parsed, said = None, str(caught)
    else:
        said = ""
    assert said.replace("\n", "").isprintable()
    if parsed is not None:
        assert isinstance(parsed, Filter)
        rows = Rows(capture)
        assert len(parsed.possible(Block(capture, 0, len(frames())))) == len(frames())
        parsed.passes(View(rows.headers(0), [_messages()["http"]]), lambda question: rows.answer(0, question))
        assert parse_filter(parsed.normal, SPECS).normal == parsed.normal

"""The filter line: what it means, and what is said about one that means nothing."""

from dataclasses import replace
from functools import partial

import pytest
from construct import Byte, Struct
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_rows import Rows
from dissectors.filters import Filter, Marks, parse_filter
from support.filter_index import INDEX, Index, Row
from support.messages import message
from workbench.api import UNDECODED, Direction, Field, Message, ProtocolSpec, UsageError, View

SPECS = (
    ProtocolSpec(name="http1", title="H", prefix="http"),
    ProtocolSpec(name="dns", title="D", transport="udp"),
    ProtocolSpec(name="toy", title="T", grammar=Struct("kind" / Byte, "id" / Byte)),
)

ROWS = INDEX.rows


def _rows(text: str) -> list[int]:
    """Packet numbers that the columns let through."""
    mask = parse_filter(text, SPECS).columns(INDEX, 0, len(ROWS))
    return [number for number, passes in enumerate(mask.tolist(), 1) if passes]


def _where(condition: object) -> list[int]:
    assert callable(condition)
    return [number for number, row in enumerate(ROWS, 1) if condition(row)]


def _touches(row: Row, *hosts: str) -> bool:
    return row.source in hosts or row.destination in hosts


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", lambda _: True),
        ("   ", lambda _: True),
        ("tcp", lambda row: row.protocol == 6),
        ("udp", lambda row: row.protocol == 17),
        ("not tcp", lambda row: row.protocol != 6),
        ("!tcp", lambda row: row.protocol != 6),
        ("not not tcp", lambda row: row.protocol == 6),
        ("icmp", lambda row: row.protocol == 1),
        ("arp", lambda row: row.version == 0),
        ("ip", lambda row: row.version == 4),
        ("ipv6", lambda row: row.version == 6),
        ("http1", lambda row: row.protocol == 6),
        ("http", lambda row: row.protocol == 6),
        ("dns", lambda row: row.protocol == 17),
        ("not http1", lambda _: True),
        ("port==80", lambda row: 80 in (row.source_port, row.destination_port)),
        ("port = 80-90", lambda row: 80 <= row.source_port <= 90 or 80 <= row.destination_port <= 90),
        ("tcp.port==53", lambda row: row.protocol == 6 and 53 in (row.source_port, row.destination_port)),
        ("udp.dstport==53", lambda row: row.protocol == 17 and row.destination_port == 53),
        ("tcp.srcport==80", lambda row: row.protocol == 6 and row.source_port == 80),
        ("port!=80", lambda row: row.protocol in (6, 17) and 80 not in (row.source_port, row.destination_port)),
        ("ip.src!=10.0.0.1", lambda row: row.version != 0 and row.source != "10.0.0.1"),
        ("tcp.srcport~=80", lambda row: row.protocol == 6 and row.source_port != 80),
        ("frame.number != 2", lambda row: ROWS.index(row) != 1),
        ("tcp or udp", lambda row: row.protocol in (6, 17)),
        ("tcp || udp || icmp", lambda row: row.protocol in (1, 6, 17)),
        (
            "arp or tcp port==53",
            lambda row: row.version == 0 or (row.protocol == 6 and 53 in (row.source_port, row.destination_port)),
        ),
        ("(arp or tcp) port==53", lambda row: row.protocol == 6 and 53 in (row.source_port, row.destination_port)),
        ("not (tcp or udp)", lambda row: row.protocol not in (6, 17)),
        ("!(tcp)and(ipv6)", lambda row: row.protocol != 6 and row.version == 6),
        ("tcp or http", lambda row: row.protocol == 6),
        ("udp or http", lambda row: row.protocol in (6, 17)),
        ("udp or not http", lambda _: True),
        ("port in {53 8080}", lambda row: {53, 8080} & {row.source_port, row.destination_port}),
        ("10.0.0.1", lambda row: _touches(row, "10.0.0.1")),
        ("ip==10.0.0.1", lambda row: _touches(row, "10.0.0.1")),
        ("ip.src==10.0.0.1", lambda row: row.source == "10.0.0.1"),
        ("ip.dst==10.0.0.1", lambda row: row.destination == "10.0.0.1"),
        ("10.0.0.0/24", lambda row: _touches(row, "10.0.0.1", "10.0.0.2", "10.0.0.9")),
        ("ipv6.addr==2001:db8::1", lambda row: _touches(row, "2001:db8::1")),
        ("2001:db8::/32", lambda row: row.version == 6),
        ("tcp.stream==1", lambda row: row.protocol == 6 and row.stream == 1),
        ("udp.stream==0", lambda row: row.protocol == 17 and row.stream == 0),
        ("frame.number==2-3", lambda row: ROWS.index(row) + 1 in (2, 3)),
        ("tcp port==80", lambda row: row.protocol == 6 and 80 in (row.source_port, row.destination_port)),
        ("tcp and port==80", lambda row: row.protocol == 6 and 80 in (row.source_port, row.destination_port)),
        ("tcp && !port==80", lambda row: row.protocol == 6 and 80 not in (row.source_port, row.destination_port)),
    ],
)
def test_columns(text: str, condition: object):
    assert _rows(text) == _where(condition)


def test_columns_of_a_part():
    whole = parse_filter("tcp 10.0.0.1", SPECS)
    assert whole.columns(INDEX, 2, 5).tolist() == parse_filter("tcp 10.0.0.1", SPECS).columns(INDEX, 0, len(ROWS)).tolist()[2:5]
    assert whole.columns(INDEX, 3, 3).tolist() == []


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
    views = (View("wire", b"z"), View("decoded", b"Hidden Text"))
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
        ("port==1", {"http", "packed", "data"}),
        ("http.request.method==GET", {"http", "packed"}),
        ('http.request.method=="GET"', {"http", "packed"}),
        ("http.request.method==get", set()),
        ("http.request.method!=POST", {"http", "packed"}),
        ("http.request.method!=GET", set()),
        ("http.response.code==200", {"http", "packed"}),
        ("http.response.code==0xc8", {"http", "packed"}),
        ("http.response.code==OK", {"http", "packed"}),
        ("http.raw==474554c8", {"http", "packed"}),
        ("http.raw==47:45:54:c8", {"http", "packed"}),
        ("http.close==true", {"http", "packed"}),
        ("http.close==false", set()),
        ("http.nothing==1", set()),
        ("http.response.code", {"http", "packed"}),
        ("http.nothing", set()),
        ("http.response.code>=200", {"http", "packed"}),
        ("http.response.code > 200", set()),
        ("http.response.code<0xc9", {"http", "packed"}),
        ("http.response.code<=199", set()),
        ("http.response.code==200-299", {"http", "packed"}),
        ("http.response.code==100-199", set()),
        ("http.response.code in {404, 200}", {"http", "packed"}),
        ("http.response.code in {404}", set()),
        ('http.request.method in {"GET" POST}', {"http", "packed"}),
        ('http.request.method contains "E"', {"http", "packed"}),
        ("http.request.method contains e", set()),
        ("http.request.method>=G", {"http", "packed"}),
        ("http.raw contains 54c8", {"http", "packed"}),
        ("http.raw contains GET", {"http", "packed"}),
        ("not http.response.code contains 9", {"http", "packed", "data"}),
        ('http.request.method matches "^g.t$"', {"http", "packed"}),
        ('http.raw matches "get."', {"http", "packed"}),
        ("len(http.request.method)==3", {"http", "packed"}),
        ("len(http.request.method) > 3", set()),
        ("count(http.request.method)==1", {"http", "packed"}),
        ("count(http.nothing)==0", set()),
        ("lower(http.request.method)==get", {"http", "packed"}),
        ("upper(http.request.method)==get", set()),
        ("http.raw[0]==47", {"http"}),
        ('http.request.method[1:2] == "ET"', {"http"}),
        ("http or data", {"http", "packed", "data"}),
        ("(http.response.code==404 or http.close) http", {"http", "packed"}),
        ("http.response.code~=200", set()),
    ],
)
def test_messages(text: str, passing: set[str]):
    parsed = parse_filter(text, SPECS)
    assert {name for name, found in _messages().items() if parsed.chosen([found], _port_one)} == passing


def _port_one(term: object) -> bool:
    """What columns say of a packet of port 1."""
    assert callable(term)
    return bool(term(PORT_ONE, 0, 1)[0])


PORT_ONE = Index([Row(4, 6, "10.0.0.1", "10.0.0.2", 40_000, 1, 0)])


def _packet(text: str, *names: str) -> bool:
    return parse_filter(text, SPECS).packet([_messages()[name] for name in names], _port_one)


@pytest.mark.parametrize(
    ("text", "names", "passes"),
    [
        ("http", ("data", "http"), True),
        ("http", (), False),
        ("not http", (), True),
        ("not http", ("http",), False),
        ("not http", ("data", "http"), False),  # as in Wireshark: there is none in the packet
        ("http data", ("data", "http"), True),
        ("http data", ("data",), False),
        ("http or data", ("data",), True),
        ("(http or dns) port==1", ("http",), True),
        ("(http or dns) port==2", ("http",), False),
        ("dns or port==1", ("http",), True),
        ("http.request.method!=GET", ("http", "data"), False),
        ("http.request.method!=PUT", ("data",), False),
    ],
)
def test_packets(text: str, names: tuple[str, ...], passes: bool):
    assert _packet(text, *names) is passes


def _chosen(text: str, *names: str) -> list[str]:
    found = _messages()
    picked = parse_filter(text, SPECS).chosen([found[name] for name in names], _port_one)
    return [name for name in names if any(message is found[name] for message in picked)]


def test_messages_that_pass_by_themselves_are_meant():
    assert _chosen("http", "http", "data") == ["http"]
    assert _chosen("not http", "http", "data") == ["data"]
    assert _chosen("port==1", "http", "data") == ["http", "data"]
    assert _chosen("port==2", "http", "data") == []


def test_where_none_does_those_are_meant_that_make_the_packet_pass():
    assert _chosen("http data", "http", "data", "packed") == ["http", "data", "packed"]
    assert _chosen('http data not "nothing"', "http", "data") == ["http", "data"]
    assert _chosen("http data dns", "http", "data") == []


def test_choosing_among_all_messages_goes_packet_by_packet():
    found = _messages()
    stream = [replace(found["http"], packet=1), replace(found["data"], packet=1), replace(found["http"], packet=2)]
    wanted = parse_filter("http data", SPECS)
    assert list(wanted.choose(iter(stream), INDEX)) == stream[:2]
    assert list(parse_filter("http port==80", SPECS).choose(iter(stream), INDEX)) == [stream[0], stream[2]]
    assert list(parse_filter("", SPECS).choose(iter(stream), INDEX)) == stream


def test_marks_are_what_single_packets_say():
    found = _messages()
    carried = {1: ("http",), 2: ("data", "http"), 3: ("data",), 5: ()}
    for text in ("http", "not http", "http data", "http or port==53", "not (data or udp)", "http.request.method!=PUT", ""):
        wanted = parse_filter(text, SPECS)
        marks = Marks(wanted, INDEX)
        for number, names in carried.items():
            for name in names:
                marks.hear(replace(found[name], packet=number))
        rows = Rows(INDEX)
        expected = [
            wanted.packet([found[name] for name in carried.get(number, ())], partial(rows.answer, number - 1))
            for number in range(1, len(ROWS) + 1)
        ]
        assert marks.mask().tolist() == expected


def test_what_columns_call_possible_is_never_too_little():
    for text in ("http", "not http", "not (http tcp)", "not (http or tcp)", "http or udp", "not not http"):
        wanted = parse_filter(text, SPECS)
        possible = wanted.columns(INDEX, 0, len(ROWS))
        rows = Rows(INDEX)
        for number, row in enumerate(ROWS):
            messages = [[], [_messages()["data"]], *([[_messages()["http"]]] if row.protocol == 6 else [])]
            assert possible[number] >= any(wanted.packet(each, partial(rows.answer, number)) for each in messages)


def test_needs_messages():
    assert not parse_filter("tcp 10.0.0.1 port==80", SPECS).needs_messages
    assert parse_filter("tcp http", SPECS).needs_messages
    assert parse_filter('"text"', SPECS).needs_messages


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp.strem==3", "tcp.strem==3\n^\nthere is nothing called tcp.strem to compare. Did you mean tcp.stream?"),
        ("tcp port==abc", "tcp port==abc\n          ^\nabc is not a number. Write a number or a range like 8000-8099"),
        (
            "ip==300.1.1.1",
            "ip==300.1.1.1\n    ^\n300.1.1.1 is neither an address nor a network. Write it like 10.0.0.1 or 10.0.0.0/8",
        ),
        ("port==", "port==\n      ^\nport needs a value. Write port==8080"),
        ("port", "port\n^\nport needs a value. Write port==8080"),
        ("ip>10.0.0.1", "ip>10.0.0.1\n  ^\n> is not understood here. Write ip==10.0.0.1"),
        ("tcp toy.kid==1", "tcp toy.kid==1\n        ^\nno field is called toy.kid. Did you mean toy.kind?"),
        ("toy.zzz", "toy.zzz\n    ^\nno field is called toy.zzz. Its fields are id, kind"),
        ("toy.id === 1", "toy.id === 1\n      ^\n== is not understood here. Write toy.id==0"),
        ("port matches 1", "port matches 1\n     ^\nmatches is not understood here. Write port==8080"),
        ("toy.id in {}", "toy.id in {}\n           ^\ntoy.id needs a value. Write toy.id==0"),
        ("and tcp", "and tcp\n^\nand joins two terms, and the first is missing"),
        ("tcp and and udp", "tcp and and udp\n        ^\nand joins two terms, and the first is missing"),
        ("tcp not", "tcp not\n       ^\na term is missing after not"),
        ("tcp and", "tcp and\n       ^\na term is missing after and"),
        ('tcp "abc', 'tcp "abc\n    ^\nthe quotation mark is never closed'),
        ("or tcp", "or tcp\n^\nor joins two terms, and the first is missing"),
        ("tcp or", "tcp or\n      ^\na term is missing after or"),
        ("(tcp", "(tcp\n^\nthis parenthesis is never closed"),
        ("tcp)", "tcp)\n   ^\nthis parenthesis was never opened"),
        ("tcp ()", "tcp ()\n     ^\na term is missing"),
        ("(" * 70, "(" * 70 + "\n" + " " * 64 + "^\n64 of these inside each other are enough"),
        ('toy.id matches "("', 'toy.id matches "("\n               ^\nthis is no regular expression'),
        ('toy.id matches "a{99999999999}"', 'toy.id matches "a{99999999999}"\n               ^\nthis is no regular expression'),
        (f'toy.id matches "{"(" * 5000}"', 'toy.id matches "((('),
        (f"port=={'9' * 5000}", "port==999"),
        ("size(toy.id)==1", "size(toy.id)==1\n"),
        ("toy.id[x]==1", "toy.id[x]==1\n       ^\n[x] is no slice"),
        ("toy==1", "toy==1\n^\ntoy has no value to compare. Name one of its fields: toy.FIELD"),
        ("toy[0:2]==01:02", "toy[0:2]==01:02\n^\ntoy has no value to compare"),
        ("port~=1", "port~=1\n    ^\n~= is not understood here"),
        ("== 5", "== 5\n^\na term cannot begin with ="),
        ("a\x1b=1", "a·=1\n^\nthere is nothing called a\\x1b to compare."),
    ],
)
def test_mistakes_have_a_caret(text: str, said: str):
    with pytest.raises(UsageError) as caught:
        parse_filter(text, SPECS)
    assert str(caught.value).startswith(said)


def test_what_python_warns_of_in_a_regular_expression_is_no_business_of_the_user():
    assert parse_filter('toy.id matches "[[a]"', SPECS).needs_messages  # warnings are errors here


@given(st.text())
def test_any_text_is_a_filter_or_a_usage_error(text: str):
    try:
        parsed = parse_filter(text, SPECS)
    except UsageError as caught:
        said = str(caught)
    else:
        assert isinstance(parsed, Filter)
        assert len(parsed.columns(INDEX, 0, len(ROWS))) == len(ROWS)
        parsed.packet([_messages()["http"]], _port_one)
        said = ""
    assert said.replace("\n", "").isprintable()

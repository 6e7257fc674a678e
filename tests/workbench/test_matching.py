"""Fast answers are the slow ones, nothing is dissected that cannot matter, and nothing twice."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dissectors.filter_rows import Rows
from dissectors.filter_tables import LONGEST_KEPT, FieldTable
from dissectors.filter_view import View
from dissectors.filters import parse_filter
from support.filter_capture import tagged
from support.pcap import arp_frame, tcp_frames, udp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench import matching
from workbench.api import Direction, Endpoint
from workbench.registry import Registry
from workbench.session import Session

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REGISTRY = Registry((TOY,))


def _stream(number: int, *, long: bool = False) -> list[bytes]:
    body = b"x" * (LONGEST_KEPT + 50) if long else b"hello"
    turns = [(UP, toy_message("ping", number, body) + toy_message("ping", number + 1)), (DOWN, toy_message("pong", number, body))]
    return tcp_frames(turns, client=Endpoint("10.0.0.1", 40_000 + number), server=Endpoint("10.0.0.2", 7000 + number))


def _frames() -> list[bytes]:
    noise = udp_frames([(UP, b"datagram")])
    return [*_stream(1), *noise, arp_frame(), *_stream(2, long=True), *(tagged(frame, 7) for frame in _stream(3))]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_pcap(tmp_path_factory.mktemp("matching") / "x.pcap", _frames())


@pytest.fixture
def session(path):
    with Session.open(path, REGISTRY) as opened:
        opened.grow()
        yield opened


def _slowly(session: Session, text: str) -> list[int]:
    wanted, rows = parse_filter(text, REGISTRY.specs), Rows(session.capture)
    found = []
    for number in range(1, len(session) + 1):
        messages = [message for message in session.messages_of(number) if message.packet == number]
        view = View(rows.headers(number - 1), messages)
        if wanted.passes(view, lambda question: rows.answer(number - 1, question)):  # noqa: B023
            found.append(number)
    return found


TERMS = st.sampled_from(
    (
        "toy",
        "toy.number == 1",
        "toy.number != 1",
        "toy.number ~= 1",
        "toy.number === 1",
        "all toy.number > 1",
        "toy.kind == ping",
        "toy.kind in {pong, sorry}",
        "toy.body == hello",
        'toy.body contains "x"',
        'toy.body[0:1] == "h"',
        "len(toy.body) > 5",
        "count(toy.number) == 2",
        "toy.number + 1 > 2",
        "toy.number < tcp.len",
        "max(toy.number, tcp.len) > 20",
        '"hello"',
        "note.severity >= warn",
        "workbench.label == ping",
        "workbench.direction == to_client",
        'workbench.summary contains "ping"',
        "toy[2] == 7a",
        'frame.protocols contains "toy"',
        'frame.protocols contains "tcp"',
        "data",
        "tcp.port == 7001",
        "tcp.stream == 1",
        "tcp.dstport == 7002",
        "ip.ttl == 64",
        "vlan.id == 7",
        "udp",
        "frame.number > 10",
        "tcp.options.mss_val",
    )
)
LINES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=3), cut=st.integers(0, 40), few=st.sampled_from((0, matching.FEW_PACKETS)))
def test_fast_answers_are_the_slow_ones(path, monkeypatch, lines, cut, few):
    monkeypatch.setattr(matching, "FEW_PACKETS", few)
    with Session.open(path, REGISTRY) as session:
        session.grow()
        for text in lines:
            wanted = parse_filter(text, REGISTRY.specs)
            slow = _slowly(session, text)
            assert [*session.matching(wanted, 0, cut), *session.matching(wanted, cut)] == slow
            assert session.matching(wanted).tolist() == slow
            assert session.count(wanted) == len(slow)


def test_only_streams_that_can_match_are_dissected(session):
    matcher = session._matcher
    assert len(session.matching(parse_filter("toy and tcp.port == 7001", REGISTRY.specs))) == 2
    assert matcher.dissected == len(session.capture.index.packets_of("tcp", 0))
    found = list(session.messages(parse_filter("toy.kind == ping and tcp.stream == 1", REGISTRY.specs)))
    assert {message.stream for message in found} == {1}
    assert matcher.dissected < len(session)


def test_the_second_filter_dissects_nothing(session):
    matcher = session._matcher
    first = session.matching(parse_filter("toy.kind == ping", REGISTRY.specs))
    dissected = matcher.dissected
    assert len(first)
    for text in ("toy.kind == ping", "toy.number > 1", "not toy", "workbench.label == pong and tcp.port == 7003"):
        session.matching(parse_filter(text, REGISTRY.specs))
    assert matcher.dissected == dissected
    session.matching(parse_filter('"hello"', REGISTRY.specs))  # texts are not kept,
    again = matcher.dissected
    assert again > dissected
    session.matching(parse_filter('not "hello" or tcp.len == 3', REGISTRY.specs))  # what they were true of is
    assert matcher.dissected == again


def test_values_that_are_too_long_or_too_many_are_looked_at_again(session, monkeypatch):
    monkeypatch.setattr(matching, "FieldTable", lambda: FieldTable(limit=100))
    session._matcher.clear()
    for text in ("toy.number == 1", 'toy.body contains "xxx"', "toy"):
        assert session.matching(parse_filter(text, REGISTRY.specs)).tolist() == _slowly(session, text)


def test_a_capture_that_grows(tmp_path):
    frames = _frames()
    path = write_pcap(tmp_path / "x.pcap", frames)
    with Session.open(path, REGISTRY) as session:
        wanted = parse_filter("toy.number == 1 or toy.number == 3", REGISTRY.specs)
        found: list[int] = []
        for _ in range(len(frames)):
            before = len(session)
            session.grow(3)
            found += session.matching(wanted, before).tolist()
        assert found == _slowly(session, wanted.text)
        assert session.matching(wanted).tolist() == found


def test_a_stream_that_grew_is_read_again_and_counted_once(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", _stream(1))
    with Session.open(path, REGISTRY) as session:
        wanted = parse_filter("count(toy.number) == 2", REGISTRY.specs)
        simple = parse_filter("toy.number == 1", REGISTRY.specs)
        for _ in range(len(_stream(1))):
            session.grow(1)
            assert session.matching(wanted).tolist() == _slowly(session, wanted.text)
            assert session.matching(simple).tolist() == _slowly(session, simple.text)


def test_answers_of_terms_are_kept_within_a_bound(session, monkeypatch):
    monkeypatch.setattr(matching, "MOST_ANSWERS", 2)
    for text in ('"a"', '"b"', '"c"', '"hello"'):
        assert session.matching(parse_filter(text, REGISTRY.specs)).tolist() == _slowly(session, text)
    assert len(session._matcher._answers) == 2


def test_who_exports_gets_all_carriers(session):
    packets = session.source(parse_filter("toy.number == 1 and tcp.stream == 0", REGISTRY.specs)).packets
    carriers = {packet for message in session.messages() if message.stream == 0 for packet in message.packets}
    assert set(packets.tolist()) <= carriers
    assert len(packets)
    everything = session.source(parse_filter("", REGISTRY.specs)).packets
    assert np.array_equal(everything, np.arange(1, len(session) + 1))

import pytest

from support.terminal import SAMPLE
from workbench.analysis.conversations import hosts
from workbench.registry import load
from workbench.session import Session
from workbench.tui.statistics import MessageFacts, host_rows, latency_rows, level_rows, packet_rates, remark_rows


@pytest.fixture(scope="module")
def counted():
    with Session.open(SAMPLE, load()) as session:
        session.grow()
        facts = MessageFacts.of(session.capture.index)
        for message in session.messages():
            facts.add(message)
        yield session.capture.index, facts


def test_the_hierarchy_reaches_down_to_messages(counted):
    rows = level_rows(*counted, {"http1": "HTTP"})
    assert [row.cells[0].strip() for row in rows] == ["Frame", "Ethernet", "IPv4", "TCP", "HTTP"]
    assert rows[0].cells[1:3] == ("184", "100.0 %")
    assert int(rows[4].cells[5]) > 40


def test_without_messages_it_stops_at_transports(counted):
    index, _ = counted
    assert [row.cells[0].strip() for row in level_rows(index, None, {})] == ["Frame", "Ethernet", "IPv4", "TCP"]


def test_hosts_with_both_directions(counted):
    index, _ = counted
    [row] = host_rows(hosts(index))
    assert row.key == "127.0.0.1"
    assert row.cells[1] == row.cells[3] == "184"


def test_latencies_and_remarks(counted):
    _, facts = counted
    [row] = [row for row in latency_rows(facts.exchanges.summary()) if row.cells[2] != "0"]
    assert row.cells[0] == "http1"
    assert row.cells[5].endswith(("µs", "ms"))
    assert all(int(row.cells[3]) > 0 for row in remark_rows(facts.remarks.summary()))


def test_rates_add_up(counted):
    index, _ = counted
    rates, span = packet_rates(index, 40)
    assert len(rates) == 40
    assert sum(rates) == 184
    assert span * 40 == pytest.approx(0.165, abs=0.01)

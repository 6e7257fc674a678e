import pytest

from support.http_pairs import request, response
from support.surveys import asked, spoken
from workbench.api import UsageError


@pytest.fixture
def capture(tmp_path):
    pairs = [turn for number in range(5) for turn in (request(f"/{number}"), response(b"x" * (1 + 4000 * (number == 3))))]
    return spoken(tmp_path / "x.pcap", pairs)


def test_the_first_pairs_in_order(capture):
    rows = asked(capture, "exchanges", top=3)["exchanges"]
    assert [row["request"].split()[1] for row in rows] == ["/0", "/1", "/2"]
    assert all(row["request_packet"] < row["response_packet"] and row["latency_ns"] > 0 for row in rows)
    assert len(asked(capture, "exchanges", top=0)["exchanges"]) == 5


def test_the_slowest_first(capture):
    rows = asked(capture, "exchanges", sets=("exchanges.order=slowest",), top=2)["exchanges"]
    assert rows[0]["request"].split()[1] == "/3"
    assert rows[0]["latency_ns"] > rows[1]["latency_ns"]


def test_a_filter_asks_about_either_packet(capture):
    (row,) = asked(capture, "exchanges", only='http.request.uri == "/2"')["exchanges"]
    assert row["request"].split()[1] == "/2"


def test_orders_there_are(capture):
    with pytest.raises(UsageError, match="Choose from time, slowest"):
        asked(capture, "exchanges", sets=("exchanges.order=best",))

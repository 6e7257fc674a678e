import pytest

from support.http_pairs import request, response
from support.pcap import STEP_NS
from support.surveys import asked, spoken
from workbench.analysis.io_series import WANTED, automatic_interval
from workbench.api import UsageError


@pytest.fixture
def capture(tmp_path):
    return spoken(tmp_path / "x.pcap", [request(), response(), request("/no"), response(status=404)])


def test_intervals_hold_all_packets_and_their_messages(capture):
    answers = asked(capture, "io", sets=("io.interval=2ms",))
    rows = answers["io"]
    assert [row["start_ns"] for row in rows] == [place * 2 * STEP_NS for place in range(len(rows))]
    assert [row["packets"] for row in rows[:-1]] == [2] * (len(rows) - 1)
    (line,) = answers["io_lines"]
    assert line["packets"] == sum(row["packets"] for row in rows)
    assert line["bytes"] == sum(row["bytes"] for row in rows)
    assert line["messages"] == sum(row["messages"] for row in rows) == 4
    (series,) = answers["io_packets"]["series"]
    assert series["y"] == [row["packets"] for row in rows]


def test_a_line_for_each_filter(capture):
    answers = asked(capture, "io", sets=("io.line=http.response.code==404", "io.line=frame.number<=3"))
    everything, errors, empty = answers["io_lines"]
    assert (errors["line"], errors["packets"], errors["messages"]) == ("http.response.code==404", 1, 1)
    assert (empty["messages"], empty["packets"]) == (0, 3)
    assert everything["packets"] > 7
    assert [series["title"] for series in answers["io_packets"]["series"]] == [
        "all",
        "http.response.code==404",
        "frame.number<=3",
    ]
    assert sum(row["packets_1"] for row in answers["io"]) == 1


def test_a_filter_narrows_every_line(capture):
    only = asked(capture, "io", only="http")["io_lines"][0]
    assert (only["packets"], only["messages"]) == (4, 4)
    assert asked(capture, "io", only="frame.number>9999")["io"] == []


def test_without_a_walk_there_are_no_messages(capture):
    answers = asked(capture, "io", fast=True)
    assert answers["io_lines"][0]["messages"] == 0
    assert "io_messages" not in answers


@pytest.mark.parametrize(
    ("setting", "remedy"), [("io.interval=soon", "100ms"), ("io.interval=1ns", "longer"), ("io.line=http.x==", r"\^")]
)
def test_what_makes_no_sense_is_refused(capture, setting, remedy):
    with pytest.raises(UsageError, match=remedy):
        asked(capture, "io", sets=(setting,))


@pytest.mark.parametrize("span", [0, 1, 59, 10**6, 3 * 10**9, 86_400 * 10**9, 1 << 62])
def test_automatic_intervals_are_round_and_few(span):
    size = automatic_interval(span)
    assert str(size).rstrip("0") in ("1", "2", "5")
    assert span // size + 1 <= WANTED

from random import Random

import numpy as np
import pytest

from captures import open_capture
from captures.tcp_analysis import FLAG_FIELDS, NUMBER_FIELDS, TIME_FIELDS, tcp_analysis
from dissectors.field_catalog import PACKET_FIELDS, Kind
from dissectors.filter_rows import Rows
from dissectors.filter_streams import STREAM_FIELDS
from dissectors.filter_view import Headers, View
from dissectors.filters import parse_filter
from support.headers import ether, ipv4, vlan
from support.pcap import write_pcap
from support.tcp_trouble import Talk, frame

KINDS = {Kind.FLAG: FLAG_FIELDS, Kind.NUMBER: (*NUMBER_FIELDS, "tcp.window_size"), Kind.SPAN: TIME_FIELDS}
RARE = {f"tcp.analysis.{word}" for word in ("fast_retransmission", "reused_ports", "window_update", "zero_window_probe_ack")}
"""None of them is in the capture."""


def _tunnelled(data):
    """Behind a GRE header (RFC 2784): such rows are LAYERED."""
    return ether(ipv4(b"\0\0\x08\0" + data[14:], 47))


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    choose = Random(8)
    talks = [list(Talk(choose, 0.3).packets(40)) for _ in range(6)]
    frames = [frame(sent, blocks, 20_000 + number) for number, talk in enumerate(talks) for sent, blocks in talk]
    frames = [_tunnelled(data) if number < 100 else data for number, data in enumerate(frames)]
    with open_capture(write_pcap(tmp_path_factory.mktemp("streams") / "x.pcap", frames)) as found:
        found.grow()
        yield found


def test_the_catalogue_has_them_all():
    for kind, names in KINDS.items():
        assert [PACKET_FIELDS[name] for name in names] == [kind] * len(names)
    assert {name for names in KINDS.values() for name in names} == set(STREAM_FIELDS)
    assert {name for name in PACKET_FIELDS if name.startswith("tcp.analysis")} == set(STREAM_FIELDS) - {"tcp.window_size"}


@pytest.mark.parametrize("name", STREAM_FIELDS)
def test_one_packet_says_what_the_column_says(capture, name):
    rows = np.arange(len(capture.index))
    there, values, most = STREAM_FIELDS[name](capture.index, rows)
    alone = [Headers(capture, row + 1)[name] for row in rows.tolist()]
    assert [bool(found) for found in alone] == there.tolist()
    assert [int(found[0].value) for found in alone if found] == values[there].tolist()
    assert np.abs(values.astype(np.int64)).max() <= most


@pytest.mark.parametrize(
    "text",
    [
        *STREAM_FIELDS,
        "tcp.analysis.ack_rtt > 0.001",
        "tcp.analysis.ack_rtt > 1ms and tcp.analysis.ack_rtt <= 0.05",
        "tcp.analysis.bytes_in_flight > 20",
        "tcp.analysis.duplicate_ack_num in {1, 2..4}",
        "tcp.analysis.bytes_in_flight ~= 10",
        "tcp.analysis.acks_frame + 1 == frame.number",
        "tcp.analysis.bytes_in_flight / 2 > 5",
        "tcp.window_size > tcp.window_size_value",
        "frame.number > 90 and frame.number < 110",
    ],
)
def test_tunnelled_packets_are_found_like_others(capture, text):
    parsed, rows = parse_filter(text, ()), Rows(capture)
    found = [parsed.packet(rows, row, ()) for row in range(len(capture.index))]
    slow = [
        parsed.passes(View(rows.headers(row)), lambda question, row=row: question.holds(View(rows.headers(row))))
        for row in range(len(capture.index))
    ]
    assert found == slow
    assert any(found) or text in RARE


def test_durations_are_seconds(capture):
    values, there = tcp_analysis(capture.index).values("tcp.analysis.ack_rtt")
    row = int(np.flatnonzero(there)[0])
    parsed = parse_filter(f"tcp.analysis.ack_rtt == {values[row] / 1e9:.9f}", ())
    assert parsed.packet(Rows(capture), row, ())


def test_columns_answer_for_tunnelled_packets(capture):
    for text, settled in (("tcp.analysis.flags", True), ("frame.len > 60 ", True), ("tcp.len > 5", False), ("ip.ttl > 5", False)):
        assert [question.settled for question in parse_filter(text, ()).questions] == [settled]


def test_nothing_is_worked_out_before_it_is_asked_for(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [ether(vlan(ipv4(b""), 5), 0x8100)])) as capture:
        capture.grow()
        headers = Headers(capture, 1)
        assert headers["frame.number"]
        assert capture.index.derived == {}
        assert not headers["tcp.analysis.flags"]
        assert "tcp" in capture.index.derived

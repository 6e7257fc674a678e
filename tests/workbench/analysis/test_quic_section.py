from pathlib import Path

import pytest

from captures import open_capture
from support.messages import message
from support.pcap import udp_frames, write_pcap
from support.surveys import asked
from workbench.analysis.quic_section import SECTION
from workbench.analysis.sections import Material
from workbench.api import Direction, Field

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SAMPLES = Path(__file__).resolve().parents[3] / "captures" / "samples"


def _root(**facts):
    children = tuple(Field(name, 0, 0, value, abbrev=f"quic.analysis.{name}", generated=True) for name, value in facts.items())
    return Field("QUIC", 0, 1, None, (Field("Analysis", 0, 0, None, children, "quic.analysis"),), "quic")


@pytest.fixture
def collector(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", udp_frames([(UP, b"a"), (DOWN, b"b")]))) as capture:
        capture.grow()
        yield SECTION.begin(Material(capture=capture))


def _rows(collector):
    (table,) = collector.parts()
    return [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]


def test_losses_and_round_trips_belong_to_who_sent(collector):
    collector.message(message(UP, b"x", protocol="quic", root=_root(bytes_in_flight=1200)))
    collector.message(message(UP, b"x", protocol="quic", root=_root(bytes_in_flight=2400, repeated_bytes=7)))
    collector.message(message(DOWN, b"x", protocol="quic", root=_root(ack_rtt=0.025, lost=2, out_of_order=3)))
    collector.message(message(DOWN, b"x", protocol="quic", root=_root(ack_rtt=0.075, not_lost=1)))
    collector.message(message(DOWN, b"x", protocol="http3", root=_root(lost=9)))
    client, server = _rows(collector)
    assert (client["from"], client["client"], client["packets"]) == ("client", "10.0.0.1:40000", 2)
    assert (client["lost"], client["lost_share"], client["not_lost"]) == (2, 1.0, 1)
    assert (client["acks"], client["ack_rtt_max_ns"]) == (2, 75_000_000)
    assert client["ack_rtt_p50_ns"] == pytest.approx(25_000_000, rel=0.001)
    assert (client["most_in_flight"], client["repeated_bytes"], client["out_of_order"]) == (2400, 7, 0)
    assert (server["out_of_order"], server["acks"], server["ack_rtt_p50_ns"], server["most_in_flight"]) == (1, 0, None, None)


def test_packets_that_tell_nothing_are_counted(collector):
    collector.message(message(UP, b"x", protocol="quic"))
    (only,) = _rows(collector)
    assert (only["packets"], only["lost"]) == (1, 0)


def test_a_recorded_connection_has_round_trips():
    said = asked(next(iter(sorted(SAMPLES.glob("quic*.pcapng")))), "quic")["quic"]
    assert {row["from"] for row in said} == {"client", "server"}
    assert any(row["ack_rtt_p50_ns"] for row in said)

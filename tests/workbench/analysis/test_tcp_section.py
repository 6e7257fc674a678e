import pytest

from support.http_pairs import request, response
from support.pcap import tcp_frames, udp_frames, write_pcap
from support.surveys import asked
from workbench.api import Direction, Endpoint, UsageError


@pytest.fixture
def capture(tmp_path):
    other = tcp_frames([(Direction.TO_SERVER, b"x")], client=Endpoint("10.0.0.3", 41_000))
    datagrams = udp_frames([(Direction.TO_SERVER, b"x")])
    return write_pcap(tmp_path / "x.pcap", [*tcp_frames([request(), response()]), *other, *datagrams])


def test_connections_and_flags(capture):
    said = asked(capture, "tcp")
    assert [(row["stream"], row["client"]) for row in said["tcp"]] == [(0, "10.0.0.1:40000"), (1, "10.0.0.3:41000")]
    assert said["tcp"][0]["payload_to_client"] == len(response()[1])
    assert said["tcp"][0]["handshake_ns"] > 0
    assert said["tcp_flags"] == []
    assert len(asked(capture, "tcp", top=1)["tcp"]) == 1


def test_one_stream_is_drawn(capture):
    said = asked(capture, "tcp", sets=("tcp.stream=1",))
    assert [row["stream"] for row in said["tcp"]] == [1]
    assert {name for name in said if name != "tcp"} == {"tcp_sequence", "tcp_throughput", "tcp_round_trips", "tcp_window"}


@pytest.mark.parametrize(("value", "why"), [("2", "no TCP stream 2"), ("-1", "no stream number"), ("x", "no stream number")])
def test_a_stream_that_is_not_there(capture, value, why):
    with pytest.raises(UsageError, match=why):
        asked(capture, "tcp", sets=(f"tcp.stream={value}",))

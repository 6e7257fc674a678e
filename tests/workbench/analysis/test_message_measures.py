import pytest

from support.http_pairs import UP, request, response
from support.measures import measured
from support.pcap import tcp_frames, udp_frames, write_pcap
from workbench.api import Direction, Endpoint

QUESTION = bytes.fromhex("0001 0100 0001 0000 0000 0000") + b"\x01a\x04test\x00" + bytes.fromhex("0001 0001")
DNS = Endpoint("10.0.0.2", 53)


def answer(code: int) -> bytes:
    return QUESTION[:2] + bytes([0x81, 0x80 | code]) + QUESTION[4:]


def test_statuses(tmp_path):
    turns = [turn for status in (200, 404, 503, 200) for turn in (request(), response(status=status))]
    found = measured(write_pcap(tmp_path / "x.pcap", tcp_frames(turns)))
    assert found["http.client_error_share", "http1"].value == 0.25
    failed = found["http.server_error_share", "http1"]
    assert (failed.value, failed.samples) == (0.25, 4)
    assert failed.first_packet > found["http.client_error_share", "http1"].first_packet > 0


@pytest.mark.parametrize(("code", "nxdomain", "failure"), [(0, 0.0, 0.0), (3, 1.0, 0.0), (2, 0.0, 1.0), (5, 0.0, 1.0)])
def test_answers_of_name_servers(tmp_path, code, nxdomain, failure):
    frames = udp_frames([(UP, QUESTION), (Direction.TO_CLIENT, answer(code))], server=DNS)
    found = measured(write_pcap(tmp_path / "x.pcap", frames))
    assert (found["dns.nxdomain_share", ""].value, found["dns.failure_share", ""].value) == (nxdomain, failure)
    assert found["dns.nxdomain_share", ""].samples == 1


def test_broken_and_unknown_messages(tmp_path):
    turns = [request(), response(), (UP, b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n")]
    found = measured(write_pcap(tmp_path / "x.pcap", tcp_frames(turns)))
    assert found["message.malformed_share", "http1"].value > 0
    assert found["message.undecoded_share", ""].value == 0
    odd = measured(write_pcap(tmp_path / "y.pcap", udp_frames([(UP, b"\xff" * 40)])))
    assert odd["message.undecoded_share", ""].value == 1.0


def test_alerts_that_end_connections_count_once_for_each(tmp_path):
    fatal, farewell = bytes.fromhex("15030300020228"), bytes.fromhex("15030300020100")
    for alert, share in ((fatal, 1.0), (farewell, 0.0)):
        turns = [(UP, alert * 2), (Direction.TO_CLIENT, alert)]
        path = write_pcap(tmp_path / "x.pcap", tcp_frames(turns, server=Endpoint("10.0.0.2", 443)))
        found = measured(path)
        assert (found["tls.alert_share", ""].value, found["tls.alert_share", ""].samples) == (share, 1)


def test_slowness_and_silence(tmp_path):
    found = measured(write_pcap(tmp_path / "x.pcap", tcp_frames([request(), response(), request()])))
    assert found["exchange.unanswered_share", "http1 request"].value == 0.5
    assert found["exchange.p99_ns", "http1 request"].samples == 1

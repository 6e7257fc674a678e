import pytest

from support.commands import workbench
from support.http_pairs import request, response
from support.pcap import arp_frame, tcp_frames, write_pcap
from workbench.api import Endpoint


@pytest.fixture
def capture(tmp_path):
    first = tcp_frames([request("/first"), response()])
    second = tcp_frames([request("/second"), response()], client=Endpoint("10.0.0.1", 50_000))
    return write_pcap(tmp_path / "x.pcap", [arp_frame(), *first, *second])


@pytest.mark.parametrize(
    ("words", "path"), [((), "/first"), (("--stream", "tcp:1"), "/second"), (("--filter", "port==50000"), "/second")]
)
def test_a_stream_is_named_or_found(capture, words, path):
    assert f"GET {path} " in workbench("follow", capture, *words).out


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--stream", "tcp:2"), "numbered from 0 to 1"),
        (("--stream", "udp:0"), "no UDP in this capture"),
        (("--stream", "5"), "tcp:3 or udp:0"),
        (("--filter", "arp"), "no packet with a stream matches"),
    ],
)
def test_streams_that_are_not_there(capture, words, remedy):
    done = workbench("follow", capture, *words)
    assert (done.code, done.out) == (2, "")
    assert remedy in done.err

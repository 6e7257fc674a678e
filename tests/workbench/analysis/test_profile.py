from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap
from workbench.registry import load
from workbench.session import Session
from workbench.surveying import profile_of


def test_a_profile_says_what_a_capture_is_like(tmp_path):
    frames = tcp_frames([request(), response()])
    with Session.open(write_pcap(tmp_path / "x.pcap", frames), load()) as session:
        session.grow()
        profile = profile_of(session)
    assert profile.packets == len(frames)
    assert profile.protocols["eth / ip / tcp"] == len(frames)
    assert profile.protocols["eth / ip / tcp / http1"] == 2
    assert profile.latencies["http1 request"].count == 1
    assert profile.hosts.keys() == {"10.0.0.1", "10.0.0.2"}
    assert profile.servers == {"tcp 10.0.0.2:8080": 1}
    assert {each.name for each in profile.measurements} >= {"tcp.reset_share", "http.server_error_share"}

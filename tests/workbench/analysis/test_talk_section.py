import pytest

from support.headers import ether, ipv6, udp
from support.pcap import tcp_frames, write_pcap
from support.surveys import asked
from workbench.api import Direction, UsageError


@pytest.fixture
def capture(tmp_path):
    frames = tcp_frames([(Direction.TO_SERVER, b"x" * 100)])
    return write_pcap(tmp_path / "x.pcap", [*frames, ether(ipv6(udp(b"y"), 17), 0x86DD)])


def test_every_layer_that_has_something_is_a_table(capture):
    said = asked(capture, "talks", "endpoints")
    assert list(said) == [f"{what}_{layer}" for what in ("talks", "endpoints") for layer in ("eth", "ip", "ipv6", "tcp", "udp")]
    (talk,) = said["talks_tcp"]
    assert (talk["stream"], talk["one"], talk["other"]) == (0, "10.0.0.1:40000", "10.0.0.2:8080")
    assert talk["bytes_out"] > talk["bytes_back"]
    assert {end["port"] for end in said["endpoints_tcp"]} == {40_000, 8080}
    assert {end["port"] for end in said["endpoints_ip"]} == {None}


def test_one_layer(capture):
    assert list(asked(capture, "talks", sets=("talks.layer=ip",))) == ["talks_ip"]
    with pytest.raises(UsageError, match="none of the choices"):
        asked(capture, "endpoints", sets=("endpoints.layer=ipx",))


def test_so_many_rows_as_are_wanted(capture):
    assert len(asked(capture, "endpoints", top=1)["endpoints_tcp"]) == 1

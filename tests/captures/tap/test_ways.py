"""What each way listens with, and what cannot be."""

import socket

import pytest

from captures.tap import Reach, Tap, proxy, tcp, transparent, udp
from captures.tap.original import may_mark
from workbench.api import Endpoint, UsageError

ANY, SOMEWHERE = Endpoint("127.0.0.1", 0), Endpoint("127.0.0.1", 9)


def test_the_file_says_what_was_done(tmp_path):
    for way, words in (
        (tcp(ANY, SOMEWHERE), (b"\xe2\x86\x92 127.0.0.1:9", b"tcp port 9")),
        (udp(ANY, SOMEWHERE), (b"(udp)", b"udp port 9")),
        (proxy(ANY), (b"(proxy)", b"tcp")),
    ):
        path = tmp_path / "t.pcapng"
        Tap(way, path).close()
        assert all(word in path.read_bytes() for word in words)


def test_a_target_may_be_a_name(tmp_path):
    with Tap(tcp(ANY, Endpoint("localhost", 9)), tmp_path / "t.pcapng") as tap:
        assert tap.endpoint.host == "127.0.0.1"


@pytest.mark.parametrize("way", [tcp, udp])
def test_a_relay_to_itself(tmp_path, way):
    with pytest.raises(UsageError, match="connect to itself"):
        Tap(way(SOMEWHERE, SOMEWHERE), tmp_path / "t.pcapng")
    with pytest.raises(UsageError, match="the target is not on this machine"):
        Tap(way(ANY, Endpoint("192.0.2.1", 9)), tmp_path / "t.pcapng")
    assert not (tmp_path / "t.pcapng").exists()


def test_proxies_listen_on_this_machine_unless_allowed(tmp_path):
    with pytest.raises(UsageError, match="the listening address is not on this machine"):
        Tap(proxy(Endpoint("0.0.0.0", 0)), tmp_path / "t.pcapng")
    Tap(proxy(Endpoint("0.0.0.0", 0)), tmp_path / "t.pcapng", reach=Reach(remote=True)).close()


def test_the_transparent_mode_refuses_who_came_by_itself(tmp_path):
    """Without a rule the original destination is the tap: it does not connect to itself."""
    try:
        may_mark()
    except UsageError as error:
        pytest.skip(str(error))
    from captures.tap import running

    told = []
    with (
        running(Tap(transparent(ANY), tmp_path / "t.pcapng", tell=told.append)) as tap,
        pytest.raises(ConnectionResetError),
        socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=5) as client,
    ):
        client.recv(1)
    assert [trouble.reason for trouble in told] == ["the tap would connect to itself"]

"""The QUIC relay with real QUIC on both sides, our server and our client. Clients of others are in `tests/interop`."""

import pytest

from captures.capture import open_capture
from captures.tap import Tap, TapLimits, running
from support.quic_servers import quic_server
from support.tapping import ANY, trusting
from support.waiting import until
from workbench.api import Endpoint
from workbench.tapping import quic
from workbench.tapping.quic_door import MOST_WAITING, QuicDoor
from workbench_http3.workload_client import Client
from workbench_quic import PROTOCOL


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return trusting(tmp_path_factory.mktemp("certificates"))


def way(place, trust, port: int | None = None):
    return quic(ANY, Endpoint("localhost", port or place.endpoint.port), PROTOCOL.carrier, ("h3",), *trust)


def test_requests_pass_and_are_in_the_file_with_their_secrets(tmp_path, place, trust):
    path = tmp_path / "t.pcapng"
    with running(Tap(way(place, trust), path)) as tap:
        with Client(tap.endpoint) as client:
            assert ": 200," in client.send("GET", "/hello.txt", b"")
            assert ": 200," in client.send("POST", "/echo", bytes(100_000))
        until(lambda: tap.counters.open == 0)
    counters = tap.counters
    assert (counters.connections, counters.opened, counters.refused, counters.dropped) == (1, 1, 0, 0)
    with open_capture(path) as capture:
        assert capture.grow() == counters.frames
        text = b"".join(capture.secrets)
    assert text.count(b"CLIENT_TRAFFIC_SECRET_0 ") == 1
    blocks = path.read_bytes()
    assert blocks.index(b"CLIENT_HANDSHAKE_TRAFFIC_SECRET") < blocks.index(b"CLIENT_TRAFFIC_SECRET_0")


def test_only_as_many_clients_as_may_be(tmp_path, place, trust):
    told = []
    one = Tap(way(place, trust), tmp_path / "t.pcapng", limits=TapLimits(connections=1), tell=told.append)
    with running(one) as tap, Client(tap.endpoint) as client:
        assert ": 200," in client.send("GET", "/hello.txt", b"")
        with pytest.raises(OSError), Client(tap.endpoint) as second:
            second.send("GET", "/hello.txt", b"")
    assert "connections are open" in told[0].reason


def test_a_tap_that_stops_tells_both_sides(tmp_path, place, trust):
    with running(Tap(way(place, trust), tmp_path / "t.pcapng")) as tap:
        client = Client(tap.endpoint)
        client.__enter__()
        client.send("GET", "/hello.txt", b"")
    with pytest.raises(OSError):
        client.send("GET", "/hello.txt", b"")
    client.__exit__(None, None, None)


class Sock:
    """The part of a socket that a door needs while nobody asks it anything."""

    def __init__(self) -> None:
        import socket

        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))

    def __getattr__(self, name):
        return getattr(self._sock, name)


def test_what_comes_before_the_target_answered_is_bounded(monkeypatch):
    from captures.tap import Asked, Ground
    from support.carried_client import Client as Silent
    from workbench.tapping.quic_door import QuicPlan

    ground, told = Ground(limits=TapLimits(connect_ns=100), clock=lambda: 0), []
    ground.tell = told.append
    now = [0]
    plan = QuicPlan(applications=("h3",), serve=None, dial=lambda *_: Silent(), credentials=None, settings={})
    sock = Sock()
    target = Endpoint("127.0.0.1", sock.getsockname()[1])
    door = QuicDoor(ground, sock._sock, target, Asked("x", 1), plan, lambda: now[0])
    for number in range(MOST_WAITING + 5):
        door._receive(b"datagram", Endpoint("127.0.0.1", 5000 + number % 2))
    assert (len(door._early), door.dropped) == (MOST_WAITING, 5)
    assert door.due_s() == pytest.approx(1e-7)
    now[0] = 100
    door.tick(0)
    assert (door.refused, len(told), door.dropped) == (2, 2, MOST_WAITING + 5)
    assert door.due_s() is None
    door.close()
    ground.close()

"""The relay over real sockets: all of these checks against the reference proxy, and the ones that need no sockets against liars."""

import socket
import threading
from contextlib import closing

import pytest

from support.socks5_checks import fails
from workbench.conformance.engine import examine
from workbench.conformance.events import Checked, Verdict
from workbench.conformance.sockets import SocketTarget
from workbench.serving import running
from workbench_socks5.checks import relays, tunnels
from workbench_socks5.server import serve

OK, GRANTED = b"\5\0", b"\5\0\0\1\x7f\0\0\1\x04\0"


@pytest.fixture
def udp_echo():
    """The port of a UDP service that says back what it hears."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

        def serve_it():
            while True:
                data, peer = sock.recvfrom(65_536)
                if data == b"stop":
                    return
                sock.sendto(data, peer)

        thread = threading.Thread(target=serve_it, daemon=True)
        thread.start()
        yield port
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
            last.sendto(b"stop", ("127.0.0.1", port))
        thread.join()


def test_the_reference_proxy_passes(udp_echo):
    options = {"udp-target": f"127.0.0.1:{udp_echo}", "callers": "yes"}
    with running(serve) as server:
        target = SocketTarget(host=server.endpoint.host, port=server.endpoint.port, options=options)
        results = [
            event.result
            for event in examine((*relays.RELAYS, tunnels.bind_connects_the_caller), target)
            if isinstance(event, Checked)
        ]
    assert [(result.check.name, result.detail) for result in results if result.verdict is not Verdict.PASSED] == []
    assert len(results) == len(relays.RELAYS) + 1


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("associate_tells_a_port", (OK, b"\5\0\0\1\x7f\0\0\1\0\0")),
        ("an_association_stays_open", (OK, GRANTED + b"x")),
        ("an_association_ends_with_the_client", (OK, GRANTED)),
    ],
)
def test_what_breaks_the_rule_is_seen(name, sentences):
    assert fails(getattr(relays, name), *sentences).startswith("expected ")


@pytest.mark.parametrize("entry", relays.RELAYS[3:], ids=lambda entry: entry.name)
def test_a_relay_that_mixes_things_up_is_seen(entry):
    """It gives every datagram to everybody who ever sent one, with a header of its own, and for ever."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        over = threading.Event()

        def relay():
            known = []
            while not over.is_set():
                data, peer = sock.recvfrom(65_536)
                known.append(peer)
                for other in known:
                    sock.sendto(b"\0\0\1\1\1\1\1\1\0\7" + data[:30] + b"!", other)

        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        reply = b"\5\0\0\1\x7f\0\0\1" + port.to_bytes(2, "big")
        assert fails(entry, OK, reply, **{"udp-target": "127.0.0.1:7"}).startswith("expected ")
        over.set()
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
            last.sendto(b"", ("127.0.0.1", port))
        thread.join()

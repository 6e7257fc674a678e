"""Who may be reached: loopback, and what was allowed."""

import socket

import pytest

from captures.tap.reach import LOOPBACK, Reach, is_loopback, listening, numeric, reach_of, resolve
from workbench.api import Endpoint, UsageError

REACH = reach_of(["10.0.0.0/8", "2001:db8::1", "site.test", "*.example.org"])


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("localhost", "127.0.0.1", True),
        ("x", "::1", True),
        ("x", "::ffff:127.0.0.1", True),
        ("x", "10.1.2.3", True),
        ("x", "::ffff:10.1.2.3", True),
        ("x", "11.1.2.3", False),
        ("2001:db8::1", "2001:db8::1", True),
        ("x", "2001:db8::2", False),
        ("Site.Test.", "192.0.2.1", True),
        ("www.site.test", "192.0.2.1", False),
        ("www.example.org", "192.0.2.1", True),
        ("example.org", "192.0.2.1", False),
        ("notexample.org", "192.0.2.1", False),
        ("x", "fe80::1%eth0", False),
    ],
)
def test_targets(host: str, address: str, allowed: bool):
    assert REACH.allows(host, address) is allowed
    assert Reach(remote=True).allows(host, address)
    assert LOOPBACK.allows(host, address) is is_loopback(address)


@pytest.mark.parametrize("text", ["", ".", "10.0.0.1/8", "a b", "http://x", "ü.test"])
def test_what_is_no_target(text: str):
    with pytest.raises(UsageError, match="no target"):
        reach_of([text])


def test_resolving():
    assert resolve(Endpoint("127.0.0.1", 1), "it", LOOPBACK) == Endpoint("127.0.0.1", 1)
    assert resolve(Endpoint("192.0.2.1", 1), "it", reach_of(["192.0.2.1"])) == Endpoint("192.0.2.1", 1)
    with pytest.raises(UsageError, match="it is not on this machine"):
        resolve(Endpoint("192.0.2.1", 1), "it", LOOPBACK)
    with pytest.raises(UsageError, match="it is unknown"):
        resolve(Endpoint("host.invalid", 1), "it", LOOPBACK)


@pytest.mark.parametrize(("host", "transport"), [("127.0.0.1", "tcp"), ("127.0.0.1", "udp"), ("::1", "tcp"), ("::1", "udp")])
def test_listening(host: str, transport: str):
    with listening(Endpoint(host, 0), LOOPBACK, transport=transport) as sock:
        assert not sock.getblocking()
        assert sock.getsockname()[1] > 0
        with pytest.raises(UsageError, match="in use"):
            listening(Endpoint(host, sock.getsockname()[1]), LOOPBACK, transport=transport)


def test_single_targets_open_no_door_to_others():
    """What may be reached is one thing, from where another."""
    with pytest.raises(UsageError, match="the listening address is not on this machine"):
        listening(Endpoint("0.0.0.0", 0), reach_of(["0.0.0.0/0"]))
    listening(Endpoint("0.0.0.0", 0), Reach(remote=True)).close()


def test_numbers_in_their_usual_form():
    assert [numeric(text) for text in ("127.0.0.1", "::0:1", "localhost", "")] == ["127.0.0.1", "::1", "", ""]
    assert socket.inet_pton(socket.AF_INET6, numeric("::0:1"))

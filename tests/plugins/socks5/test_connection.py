"""Negotiation, byte for byte; what the commands do is tested with their tasks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.socks5 import Proxy
from workbench.api import Dial, ServerOptions, in_memory
from workbench_socks5.seeds import greeting, password, request, request4
from workbench_socks5.server import serve

USERS = {"users": "alice:s3cret"}


def test_no_authentication_is_chosen_where_there_are_no_users():
    proxy = Proxy()
    assert proxy.say(greeting(2, 0)) == b"\5\0"
    assert not proxy.closed


def test_users_must_give_their_password():
    proxy = Proxy(USERS)
    assert proxy.say(greeting(0, 2)) == b"\5\2"
    assert proxy.say(password(b"alice", b"s3cret")) == b"\1\0"
    proxy.say(request(1, "127.0.0.1", 80))
    assert any(isinstance(command, Dial) for command in proxy.commands())
    assert proxy.log[0]["user"] == "alice"


@pytest.mark.parametrize(
    "attempt", [(b"alice", b"wrong"), (b"bob", b"s3cret"), (b"alice", b""), (b"", b"s3cret"), (b"alice", b"s3cret2")]
)
def test_anybody_else_is_denied_and_gone(attempt):
    proxy = Proxy(USERS)
    proxy.say(greeting(2))
    assert proxy.say(password(*attempt), request(1, "127.0.0.1", 80)) == b"\1\1"
    assert proxy.closed
    assert proxy.commands() == []


def test_passwords_are_in_no_log():
    proxy = Proxy(USERS)
    proxy.say(greeting(2), password(b"alice", b"s3cret-guess"))
    assert "s3cret" not in repr(proxy.log)
    assert proxy.log[0]["event"] == "denied"


def test_no_acceptable_method():
    for proxy, offered in ((Proxy(), (1, 2)), (Proxy(USERS), (0, 1)), (Proxy(), ())):
        assert proxy.say(greeting(*offered)) == b"\5\xff"
        assert proxy.closed


def test_other_versions():
    for first in (b"\x06\1\0", b"GET / HTTP/1.1", request4(1, "127.0.0.1", 80)):
        proxy = Proxy()
        assert proxy.say(first) == b""
        assert proxy.closed
    proxy = Proxy(USERS)
    assert proxy.say(greeting(2), password(b"alice", b"s3cret", version=5)) == b"\5\2\1\1"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request(9, "127.0.0.1", 80), 7),
        (b"\5\1\0\2\x7f", 8),
        (b"\4" + request(1, "127.0.0.1", 80)[1:], 1),
        (request(1, b"", 80), 4),
        (request(1, b"with blank", 80), 4),
    ],
)
def test_requests_that_are_refused(data, code):
    proxy = Proxy()
    assert proxy.say(greeting(0), data)[2:4] == bytes([5, code])
    assert proxy.closed


def test_commands_can_be_switched_off():
    proxy = Proxy({"commands": "connect"})
    assert proxy.say(greeting(0), request(2, "127.0.0.1", 0))[2:4] == b"\5\7"


def test_socks4_where_it_is_wanted():
    proxy = Proxy({"socks4": "yes"})
    proxy.say(request4(1, "127.0.0.1", 80, b"me"))
    assert [type(command) for command in proxy.commands()] == [Dial]
    assert Proxy({"socks4": "yes"}).say(request4(3, "127.0.0.1", 80)) == b"\0\x5b\0\0\0\0\0\0"
    assert Proxy({"socks4": "yes"}).say(b"\4\1\0\x50\1\1\1\1" + b"a" * 2000) == b"\0\x5b\0\0\0\0\0\0"
    assert Proxy({"socks4": "yes"}).say(greeting(0)) == b"\5\0"


def test_a_client_that_does_not_come_to_the_point():
    proxy = Proxy({"handshake": "5"})
    proxy.say(greeting(0))
    proxy.wait(4)
    assert not proxy.closed
    proxy.wait(2)
    assert proxy.closed
    assert proxy.log[-1]["reason"] == "the handshake timed out"


def test_a_client_that_goes():
    proxy = Proxy()
    proxy.say(b"\5")
    assert proxy.end() == b""
    assert proxy.closed


def test_drain_ends_it():
    proxy = Proxy()
    proxy.connection.drain()
    assert proxy.closed
    assert proxy.say(greeting(0)) == b""


SESSION = greeting(0) + request(1, b"localhost", 80) + b"over the tunnel"


@given(st.lists(st.integers(1, 20), min_size=1, max_size=40))
def test_equal_bytes_give_equal_answers_however_split(sizes):
    def answers(pieces):
        connection = in_memory(serve(ServerOptions())())
        said = b""
        for piece in pieces:
            said += connection.receive(piece)
            while more := connection.pull():
                said += more
        return said

    pieces, at = [], 0
    for size in [*sizes, len(SESSION)]:
        pieces.append(SESSION[at : at + size])
        at += size
    whole = answers([SESSION])
    assert whole.endswith(b"over the tunnel")
    assert answers([piece for piece in pieces if piece]) == whole

import pytest
from construct import ConstructError

from workbench.api import Endpoint, ServerOptions
from workbench.serving import running
from workbench_socks5.client import Client, RefusedError, unwrap, wrap
from workbench_socks5.server import serve


def test_wrap_and_unwrap():
    place = Endpoint("2001:db8::1", 53)
    assert unwrap(wrap(place, b"payload")) == (place, b"payload")
    with pytest.raises(ConstructError):
        unwrap(b"\0\0\0\1\x7f")


def test_users_and_refusals():
    with running(serve, ServerOptions(settings={"users": "alice:s3cret"})) as server:
        with pytest.raises(RefusedError, match="no method"):
            Client(server.endpoint)
        with pytest.raises(RefusedError, match="denied"):
            Client(server.endpoint, b"alice", b"wrong")
        with Client(server.endpoint, b"alice", b"s3cret") as client, pytest.raises(RefusedError) as refused:
            client.ask("connect", "192.0.2.1", 80)
        assert refused.value.code == 2

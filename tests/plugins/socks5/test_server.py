import pytest

from support.socks5 import CLIENT, Proxy
from workbench.api import ServerOptions, UsageError
from workbench_socks5.seeds import greeting, request
from workbench_socks5.server import Tracked, serve


def test_settings_that_cannot_be_end_the_start():
    with pytest.raises(UsageError):
        serve(ServerOptions(settings={"nonsense": "1"}))


def test_open_connections_are_tracked():
    service = serve(ServerOptions(settings={"users": ""}))
    one, other = Proxy(service=service), Proxy(service=service)
    one.say(greeting(0), request(1, b"host.example", 80))
    assert service.connections() == (
        Tracked(1, CLIENT, "", "connect", "host.example:80"),
        Tracked(2, CLIENT, "", "", ""),
    )
    other.end()
    assert [tracked.number for tracked in service.connections()] == [1]
    del one, other
    assert service.connections() == ()

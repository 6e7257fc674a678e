import socket

import pytest

from fuzzers.targets import address
from fuzzers.targets.address import Address, require_permission
from fuzzers.targets.command import free_port
from fuzzers.targets.config import TargetConfig
from workbench.api import TargetError, UsageError


def config(host: str, port: int = 80, allow_host: str = "") -> TargetConfig:
    return TargetConfig(kind="address", host=host, port=port, allow_host=allow_host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_ours(host: str):
    require_permission(config(host))


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "0.0.0.0"])
def test_other_hosts_must_be_named_twice(host: str):
    with pytest.raises(UsageError, match="not your own machine"):
        require_permission(config(host))
    with pytest.raises(UsageError):
        require_permission(config(host, allow_host="192.0.2.99"))
    require_permission(config(host, allow_host=host))
    with pytest.raises(UsageError):
        Address(config(host))


def test_a_host_that_does_not_exist():
    with pytest.raises(TargetError, match="no such host"):
        require_permission(config("host.invalid"))


def test_a_server_that_runs_and_one_that_does_not(monkeypatch):
    monkeypatch.setattr(address, "RETURN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Address(config("127.0.0.1", listener.getsockname()[1]))
        target.start()
        assert target.is_alive()
    assert not target.is_alive()
    with pytest.raises(TargetError, match="nobody takes connections"):
        Address(config("127.0.0.1", free_port())).start()

import socket
from dataclasses import replace

import pytest

from fuzzers import cases
from fuzzers.targets import address
from fuzzers.targets.address import Address, require_permission
from fuzzers.targets.command import free_port
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.making import executor_for
from support.lines import LINES
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


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(host, port, *_, **__):
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_a_name_is_what_it_leads_to(monkeypatch):
    resolving(monkeypatch, "127.0.0.1", "::1")
    require_permission(config("mine.example"))
    for others in (("127.0.0.1", "192.0.2.1"), ("::1", "2001:db8::1"), ("::ffff:192.0.2.1",), ("fe80::1%eth0",)):
        resolving(monkeypatch, *others)
        with pytest.raises(UsageError, match="not your own machine"):
            require_permission(config("mine.example"))
        require_permission(config("Mine.Example.", allow_host="mine.example"))
        with pytest.raises(UsageError):
            require_permission(config("mine.example", allow_host="mine.example.org"))


def test_addresses_may_be_written_in_any_way():
    require_permission(config("2001:db8:0::0001", allow_host="2001:DB8::1"))


def specs():
    tcp = LINES
    return [tcp, replace(tcp, transport="udp"), replace(tcp, transport="quic")]


@pytest.mark.parametrize("spec", specs(), ids=lambda spec: spec.transport)
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("kind", ["address", "command"])
def test_no_transport_goes_around_it(spec, tls, kind):
    target = TargetConfig(kind=kind, command=("server",), host="192.0.2.1", port=9, tls=tls)
    with pytest.raises(UsageError, match="not your own machine"):
        executor_for(spec, cases(LINES), target)


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

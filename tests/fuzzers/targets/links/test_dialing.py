from dataclasses import replace

import pytest

from fuzzers.targets.config import TargetConfig
from fuzzers.targets.links.carried import CarriedDialer
from fuzzers.targets.links.dialing import carrier_of, dialer_for
from fuzzers.targets.links.tcp import TcpDialer
from fuzzers.targets.links.tls import TlsDialer
from fuzzers.targets.links.udp import UdpDialer
from support.answering import heard, secured
from support.certificates import certified
from support.tiny import TINY
from workbench.api import Carrier, TargetError, UsageError


def target(**more) -> TargetConfig:
    return TargetConfig(kind="address", port=9, **more)


def test_transports():
    assert isinstance(dialer_for(TINY, target()), TcpDialer)
    assert isinstance(dialer_for(TINY, target(tls=True)), TlsDialer)
    assert isinstance(dialer_for(replace(TINY, transport="udp"), target()), UdpDialer)


def test_carriers():
    carrier = Carrier(server=None, client=None)
    spec = replace(TINY, transport="wings")
    assert carrier_of(spec, [TINY, replace(TINY, name="wings", carrier=carrier)]) is carrier
    assert carrier_of(spec, [TINY]) is None
    assert isinstance(dialer_for(spec, target(sni="a"), carrier), CarriedDialer)


@pytest.mark.parametrize("more", [{"sni": "a"}, {"alpn": ("h2",)}, {"ca": "x"}, {"insecure": True}])
def test_facts_about_tls_that_is_not_there(more):
    with pytest.raises(UsageError, match="without TLS"):
        dialer_for(TINY, target(**more))


def test_what_there_is_not():
    with pytest.raises(UsageError, match="no DTLS"):
        dialer_for(replace(TINY, transport="udp"), target(tls=True))
    with pytest.raises(UsageError, match="no secrets can be written"):
        dialer_for(TINY, target(tls=True, keylog="/nonexistent/keys"))
    with pytest.raises(UsageError, match="no certificates can be read"):
        dialer_for(TINY, target(tls=True, ca="/nonexistent.pem"))


def test_which_certificates_will_do(tmp_path):
    ca, own = certified(tmp_path)
    other, _ = certified(tmp_path / "other")
    chosen = []

    def echo(connection):
        chosen.append(connection.selected_alpn_protocol())
        connection.sendall(connection.recv(10))

    spec = replace(TINY, alpn=("tiny/1", "tiny/2"))
    with secured(echo, own, ("tiny/2", "tiny/3")) as endpoint:
        for more in ({}, {"ca": str(ca)}, {"alpn": ("tiny/3",)}, {"insecure": True}):
            link = dialer_for(spec, target(tls=True, **more)).dial(endpoint)
            link.send(memoryview(b"x"))
            assert heard(link) == b"x"
            link.close()
        with pytest.raises(TargetError):
            dialer_for(spec, target(tls=True, ca=str(other))).dial(endpoint)
    assert chosen == ["tiny/2", "tiny/2", "tiny/3", "tiny/2"]


def test_secrets_are_kept_only_where_somebody_asked_for_them(tmp_path):
    _, own = certified(tmp_path)
    keylog = tmp_path / "keys"
    with secured(lambda connection: connection.sendall(b"x"), own) as endpoint:
        for more in ({}, {"keylog": str(keylog)}):
            assert not keylog.exists()
            link = dialer_for(TINY, target(tls=True, **more)).dial(endpoint)
            assert heard(link) == b"x"
            link.close()
    assert "CLIENT_TRAFFIC_SECRET_0 " in keylog.read_text()
    assert keylog.stat().st_mode & 0o077 == 0

"""From a table to a server: limits, certificates, shared ports."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from support.certificates import certificates
from workbench.api import ProtocolSpec, ServerOptions, UsageError, datagram, framed
from workbench.cli.serve_plan import carrier_of, plan_for, share_port
from workbench.serving import running
from workbench_http1 import PROTOCOL as HTTP1
from workbench_quic import PROTOCOL as QUIC
from workbench_quic.hq import PROTOCOL_ECHO, PROTOCOL_HQ
from workbench_streambus import PROTOCOL as STREAMBUS


@pytest.fixture
def planned(tmp_path):
    def plan(values=None, spec=HTTP1):
        return plan_for(spec, values or {}, lambda: certificates(tmp_path))

    return plan


def other(name: str, *alpn: str) -> ProtocolSpec:
    return ProtocolSpec(
        name=name, title=name, alpn=alpn, frame=datagram, decoder=HTTP1.decoder, server=framed(datagram, bytes.upper)
    )


def test_numbers_reach_their_places(planned):
    plan = planned({"idle": 1.5, "max-request": 5, "max-stored": 6, "connections": 7, "set": {"a": "b"}, "dial-remote": True})
    assert (plan.options.idle_ns, plan.options.max_request, plan.options.max_stored) == (1_500_000_000, 5, 6)
    assert (plan.limits.connections, plan.options.settings, plan.dial_remote, plan.tls) == (7, {"a": "b"}, True, None)


def test_workers_share_one_port(planned):
    one, two = planned({"workers": 2}).bind()
    assert one.getsockname() == two.getsockname()
    one.close()
    two.close()


def test_without_a_certificate_ours_are_used(planned, tmp_path):
    tls = planned({"tls": True, "mtls": True}).tls
    assert [Path(entry.certificate).name for entry in tls.credentials] == ["localhost.pem", "app.test.pem"]
    assert tls.client_authority == tmp_path / "ca.pem"
    assert tls.alpn == ("http/1.1", "http/1.0")


def test_given_certificates(planned):
    tls = planned({"cert": [Path("a"), Path("b")], "key": [Path("c"), Path("d")], "tls-versions": "1.3"}).tls
    assert [(str(entry.certificate), str(entry.key)) for entry in tls.credentials] == [("a", "c"), ("b", "d")]
    assert tls.versions == ("1.3",)
    assert planned({"cert": [Path("both")]}).tls.credentials[0].key == Path("both")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"keylog": Path("x")}, "--keylog is about TLS"),
        ({"tls": False, "cert": [Path("x")]}, "--cert is about TLS"),
        ({"tls": True, "tls-versions": "1.1"}, "versions 1.2 and 1.3"),
        ({"cert": [Path("x"), Path("y")], "key": [Path("z")]}, "each --cert needs its --key"),
        ({"training": True, "allow-remote": True}, "full of holes"),
    ],
)
def test_what_cannot_be_meant(planned, values, expected):
    with pytest.raises(UsageError, match=expected):
        planned(values)


def test_a_shared_port_offers_everybody_in_order(planned):
    shared = share_port([planned({"tls": True}, other("new", "n2", "h2c")), planned({"tls": True, "port": 5})])
    assert shared.tls.alpn == ("n2", "http/1.1", "http/1.0")
    assert set(shared.alternatives) == {"n2", "http/1.1", "http/1.0"}
    assert (shared.name, shared.spec, shared.port) == ("new+http1", HTTP1, 5)


def test_each_on_a_shared_port_has_its_own_options(planned):
    plans = [planned({"tls": True, "set": {"a": "1"}}, other("new", "n2")), planned({"tls": True, "set": {"b": "2"}})]
    seen = []
    plans = [replace(plan, factory=lambda options: seen.append(options)) for plan in plans]
    shared = share_port(plans)
    given = ServerOptions(tell=seen.append)
    shared.alternatives["n2"](given)
    shared.factory(given)
    assert shared.alternatives["http/1.1"] is shared.factory
    assert [options.settings for options in seen] == [{"a": "1"}, {"b": "2"}]
    assert seen[0].tell == given.tell


def test_only_tls_can_share(planned):
    with pytest.raises(UsageError, match="only TLS"):
        share_port([planned({"tls": True}), planned({}, STREAMBUS)])
    with pytest.raises(UsageError, match="streambus has no ALPN"):
        share_port([planned({"tls": True}), planned({"tls": True}, STREAMBUS)])


def test_who_says_nothing_gets_the_last(planned):
    import socket
    import ssl

    shared = share_port([planned({"tls": True}, other("new", "n2")), planned({"tls": True})])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    answers = []
    with running(shared.factory, tls=shared.tls, alternatives=shared.alternatives) as server:
        for offered in (["n2", "http/1.1"], ["http/1.1"], []):
            if offered:
                context.set_alpn_protocols(offered)
            else:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with socket.create_connection((server.endpoint.host, server.endpoint.port), 5) as plain:
                sock = context.wrap_socket(plain)
                sock.sendall(b"get / http/9\r\n\r\n")
                answers.append((sock.selected_alpn_protocol(), sock.recv(100)[:8]))
                sock.close()
    assert answers == [("n2", b"GET / HT"), ("http/1.1", b"HTTP/1.1"), (None, b"HTTP/1.1")]


@pytest.fixture
def carried(tmp_path):
    def plan(values=None, spec=PROTOCOL_HQ):
        return plan_for(spec, values or {}, lambda: certificates(tmp_path), QUIC)

    return plan


def test_what_carries_a_protocol():
    assert carrier_of(HTTP1, (HTTP1, QUIC)) is None
    assert carrier_of(PROTOCOL_HQ, (PROTOCOL_HQ, QUIC)) is QUIC
    with pytest.raises(UsageError, match="hq travels in quic, which is not there"):
        carrier_of(PROTOCOL_HQ, (PROTOCOL_HQ, HTTP1))


def test_quic_has_tls_and_takes_its_own_settings(carried):
    plan = carried({"set": {"retry": "yes", "colour": "red"}})
    assert plan.tls is not None
    assert plan.tls.alpn == PROTOCOL_HQ.alpn
    assert plan.carriage is not None
    assert plan.carriage.settings == {"retry": "yes"}
    assert plan.options.settings == {"colour": "red"}
    (sock,) = plan.bind()
    assert sock.type == socket.SOCK_DGRAM
    sock.close()


def test_one_worker_knows_a_quic_connection(carried):
    with pytest.raises(UsageError, match="quic has one worker"):
        carried({"workers": 2})


def test_several_applications_on_one_port(carried):
    shared = share_port([carried({"port": 4433}), carried({}, PROTOCOL_ECHO)])
    assert (shared.name, shared.port) == ("hq+quic-echo", 4433)
    assert shared.tls.alpn == (*PROTOCOL_HQ.alpn, *PROTOCOL_ECHO.alpn)
    assert set(shared.alternatives) == set(shared.tls.alpn)
    assert shared.carriage is not None


def test_one_port_has_one_transport(carried, planned):
    with pytest.raises(UsageError, match="one transport"):
        share_port([carried(), planned({"tls": True})])

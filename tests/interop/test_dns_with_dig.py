"""Strangers' resolvers against our responder: dig (BIND), kdig (Knot) and unbound-host, over UDP, TCP and TLS."""

import re
import subprocess
from contextlib import ExitStack

import pytest

from support.certificates import certificates, tls
from support.shared import tool
from workbench.api import Endpoint, TargetError
from workbench.serving import running
from workbench_dns.server import serve_datagrams, serve_streams
from workbench_dns.zone_file import read_zone
from workbench_dns.zone_text import ZONE

ZONE_NAME = "workbench.test"


@pytest.fixture(scope="module")
def server():
    """UDP and TCP on one port, as resolvers expect it: a port that is free for the one may be taken for the other."""
    with ExitStack() as stack:
        for attempt in range(20):
            tcp = stack.enter_context(running(serve_streams))
            try:
                stack.enter_context(running(serve_datagrams, port=tcp.endpoint.port, transport="udp"))
            except TargetError:
                assert attempt < 19, "no port is free for both"
            else:
                break
        yield tcp.endpoint


def said(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dig(server: Endpoint, *words: str) -> str:
    return said(tool("dig"), f"@{server.host}", "-p", str(server.port), "+tries=1", "+time=5", *words)


def kdig(server: Endpoint, *words: str) -> str:
    return said(tool("kdig"), f"@{server.host}", "-p", str(server.port), "+retry=0", "+time=5", *words)


@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_dig_is_content(server, transport):
    out = dig(server, f"www.{ZONE_NAME}", "A", transport)
    assert "status: NOERROR" in out
    assert re.search(r"^www\.workbench\.test\.\s+3600\s+IN\s+A\s+192\.0\.2\.80$", out, re.MULTILINE)
    assert "COOKIE:" in out
    assert "(good)" in out
    assert "WARNING: Message" not in out
    assert ("(TCP)" in out) == (transport == "+tcp")


def test_dig_falls_back_to_tcp(server):
    out = dig(server, f"big.{ZONE_NAME}", "TXT", "+bufsize=600")
    assert "(TCP)" in out
    assert len(re.findall(r"IN\s+TXT\s+\"", out)) == 14


def test_dig_ignores_truncation_where_told(server):
    out = dig(server, f"big.{ZONE_NAME}", "TXT", "+ignore", "+bufsize=600")
    assert "flags: qr aa tc" in out
    assert "ANSWER: 0" in out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("missing.workbench.test",), "status: NXDOMAIN"),
        (("www.workbench.test", "MX"), "AUTHORITY: 1"),
        (("example.com",), "status: REFUSED"),
        (("example.com",), "EDE: 20 (Not Authoritative)"),
        (("www.workbench.test", "+edns=1", "+noednsneg"), "status: BADVERS"),
        (("www.workbench.test", "+opcode=2"), "status: NOTIMP"),
        (("www.workbench.test", "+dnssec"), "flags: do"),
        (("www.workbench.test", "+nsid"), '("workbench")'),
        (("www.workbench.test", "+subnet=192.0.2.0/24"), "CLIENT-SUBNET: 192.0.2.0/24/0"),
        (("www.workbench.test", "+noedns"), "ADDITIONAL: 0"),
        (("www.workbench.test", "ANY"), '"RFC8482" ""'),
        (("version.bind", "TXT", "CH"), '"workbench"'),
        (("workbench.test", "AXFR"), "XFR size: "),
        (("www.workbench.test", "+tcp", "+keepalive"), "TCP KEEPALIVE: 60.0 secs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_dig_understands(server, words, expected):
    assert expected in dig(server, *words)


def test_dig_reads_every_type_of_the_zone(server):
    """Each set of records, in one run of dig over TCP."""
    zone = read_zone(ZONE)
    questions, wanted = [], 0
    for name, node in zone.nodes.items():
        text = b".".join(name).decode()
        for kind, records in node.items():
            if not any(label == b"*" for label in name) and not text.startswith(("sub.", "ns.sub")) and kind != 39:
                questions += [text, f"TYPE{kind}"]
                wanted += len(records)
    out = dig(server, "+tcp", "+noall", "+answer", "+keepopen", *questions)
    assert len([line for line in out.splitlines() if line and not line.startswith(";")]) == wanted
    assert "FORMERR" not in out


def test_kdig_is_content(server):
    out = kdig(server, "+dnssec", ZONE_NAME, "DNSKEY")
    assert "status: NOERROR" in out
    assert "flags: do" in out
    assert "257 3 13" in out
    assert "WARNING" not in out


def test_kdig_over_tcp_with_padding_and_cookies(server):
    out = kdig(server, "+tcp", "+padding=64", "+cookie", "www.workbench.test", "HTTPS")
    assert "alpn=h2,h3" in out
    assert "PADDING" in out
    assert "COOKIE" in out


def test_kdig_over_tls(tmp_path):
    with running(serve_streams, tls=tls(certificates(tmp_path), alpn=("dot",))) as secure:
        out = kdig(secure.endpoint, "+tls", "www.workbench.test")
        assert secure.counters.crashed == 0
    assert "TLS session" in out
    assert "192.0.2.80" in out


def test_unbound_host_is_content(server, tmp_path):
    """A whole resolver, told that our server is the authority."""
    config = tmp_path / "unbound.conf"
    config.write_text(
        "server:\n  do-not-query-localhost: no\n  module-config: iterator\n  do-ip6: no\n"
        '  local-zone: "test." nodefault\n'
        f'stub-zone:\n  name: "{ZONE_NAME}"\n  stub-addr: {server.host}@{server.port}\n',
        encoding="utf-8",
    )
    out = said(tool("unbound-host"), "-C", str(config), "-t", "A", f"chain1.{ZONE_NAME}")
    assert "is an alias for" in out
    assert "has address 192.0.2.80" in out


def test_dig_sends_what_we_decode(server):
    """What dig says about its own query is what we say about it."""
    out = dig(server, f"www.{ZONE_NAME}", "+qr", "+nocookie")
    assert f";www.{ZONE_NAME}." in out
    assert out.count("->>HEADER<<-") == 2

"""What `workbench follow` gives are the bytes that tshark follows."""

import subprocess
from pathlib import Path

import pytest

from support.shared import ROOT, tool
from workbench.api import Direction
from workbench.following import follow_layer, follow_stream
from workbench.registry import load
from workbench.session import Session

SAMPLES = ROOT / "captures" / "samples"

MOST = 3
"""Streams compared of each sample: each costs a start of tshark."""

HTTP2_PORTS = [word for port in range(24181, 24186) for word in ("-d", f"tcp.port=={port},http2")]
"""Where the samples speak it without TLS; tshark does not look for it there."""

Followed = dict[Direction, bytes]


def by_tshark(path: Path, kind: str, *place: int) -> Followed:
    """Bytes of both directions; tshark indents those of the node that did not speak first."""
    question = ",".join(["follow", kind, "raw", *map(str, place)])
    command = [tool("tshark"), *([] if "tls" in path.name else HTTP2_PORTS), "-r", str(path), "-q", "-z", question]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    body = done.stdout.split("Node 1:")[1].split("\n", 1)[1].rsplit("=====", 1)[0]
    found = {Direction.TO_SERVER: b"", Direction.TO_CLIENT: b""}
    for line in body.splitlines():
        if line.strip("=\t\n "):
            found[Direction(line.startswith("\t"))] += bytes.fromhex(line.strip())
    return found


def ours(pieces) -> Followed:
    found = {Direction.TO_SERVER: b"", Direction.TO_CLIENT: b""}
    for piece in pieces:
        found[piece.direction] += piece.data
    return found


def turned(followed: Followed) -> Followed:
    """With the directions exchanged: node 0 is who spoke first, and in TLS that is sometimes the server."""
    return {way: followed[way.opposite] for way in followed}


@pytest.mark.parametrize(
    "name",
    [
        "http1-curl-nginx",
        "http2-cleartext",
        "websocket-clients-nginx",
        "tls12-openssl",
        "tls13-openssl",
        "dns-dig-dnsmasq",
    ],
)
def test_streams(name):
    path = SAMPLES / f"{name}.pcapng"
    with Session.open(path, load()) as session:
        session.grow()
        for transport in ("tcp", "udp"):
            for number in range(min(MOST, session.capture.index.stream_count(transport))):
                known = by_tshark(path, transport, number)
                assert ours(follow_stream(session, transport, number)) in (known, turned(known)), (transport, number)


@pytest.mark.parametrize("name", ["http2-tls", "tls12-openssl", "tls13-openssl"])
def test_what_tls_protected(name):
    path, compared = SAMPLES / f"{name}.pcapng", 0
    with Session.open(path, load()) as session:
        session.grow()
        for number in range(min(MOST, session.capture.index.stream_count("tcp"))):
            known = by_tshark(path, "tls", number)
            found = ours(follow_layer(session, "tcp", number, "tls"))
            assert found in (known, turned(known)), number
            compared += len(b"".join(found.values()))
    assert compared > 50


HTTP2 = [
    ("http2-tls", 0, 1),
    ("http2-tls", 1, 3),
    ("http2-tls", 2, 1),
    ("http2-cleartext", 0, 13),
    ("http2-cleartext", 0, 15),
    ("http2-cleartext", 1, 13),
]


@pytest.mark.parametrize(("name", "number", "stream"), HTTP2)
def test_streams_of_http2(name, number, stream):
    path = SAMPLES / f"{name}.pcapng"
    with Session.open(path, load()) as session:
        session.grow()
        known = by_tshark(path, "http2", number, stream)
        assert any(known.values())
        assert ours(follow_layer(session, "tcp", number, f"http2:{stream}")) in (known, turned(known))


@pytest.mark.parametrize(("name", "number"), [("quic-ngtcp2", 0), ("http3-caddy", 1), ("http3-caddy", 3)])
def test_streams_of_quic(name, number):
    path = SAMPLES / f"{name}.pcapng"
    with Session.open(path, load()) as session:
        session.grow()
        # these connections are numbered as their conversations are
        known = by_tshark(path, "quic", number, 0)
        assert any(known.values())
        assert ours(follow_layer(session, "udp", number, "quic:0")) in (known, turned(known))

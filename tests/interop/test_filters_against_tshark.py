"""Filters select the frames that tshark's display filters select, on our own samples. Differences between the dissectors themselves (a
SOCKS connection whose later packets are SOCKS to tshark, HTTP/2 on ports it does not know) have their tables elsewhere."""

import subprocess
from pathlib import Path

import pytest

from dissectors.filters import parse_filter
from support.shared import tool
from workbench.registry import load
from workbench.session import Session

SAMPLES = Path(__file__).parents[2] / "captures" / "samples"

CASES = {
    "http1-curl-nginx.pcapng": (
        'http.request.method == "GET"',
        'http.request.method == "GET" or http.response.code == 404',
        "http.response.code >= 400",
        "http.response.code == 206",
        'http.request.uri contains "page"',
        'http.request.uri matches "^/.*html$"',
        'http.request.uri[0:2] == "/a"',
        "len(http.request.uri) > 10",
        "http && tcp.dstport == 80",
        "tcp",
        "not tcp",
        "udp or icmp",
        "tcp.stream == 1",
        "tcp.stream != 1",
        "tcp.stream in {0, 2, 4}",
        "ip.addr == 127.0.0.1",
        "ip.src != 127.0.0.1",
        "ip.addr == 127.0.0.0/8 && !(tcp.port == 80)",
        "frame.number < 20 and tcp",
        "not tcp.port == 80",
        "tcp.srcport > 30000 or tcp.dstport > 30000",
        "frame.number >= 10 and (frame.number <= 12 or frame.number == 20)",
        'http.request.method == "GET" and not http.request.uri contains "a"',
        'http.request.uri and http.request.method != "POST" and http.request.method != "HEAD"',
    ),
    "http2-tls.pcapng": (
        "tls",
        "http2",
        "http2.type == 1",
        "http2.type == 0 and http2.type == 1",
        "http2.type == 0 or http2.type == 4",
        "http2.streamid > 1",
        "http2.streamid != 0",
        "tls and http2",
        "tls and not http2",
        "not tls and tcp",
        'http2.headers.method == "GET"',
        'http2.header.name contains "agent"',
        'http2.header.value matches "^gzip"',
        "http2.window_update.window_size_increment > 65535",
        "http2.length > 100",
        "http2 or tls.handshake.type == 2",
    ),
    "tls13-openssl.pcapng": (
        "tls.handshake.type == 1",
        "tls.handshake.type == 2 or tls.handshake.type == 11",
        "tls.record.content_type == 22",
        "tls.record.content_type != 23",
        'tls.handshake.extensions_server_name contains "server"',
        "tls.handshake.ciphersuite == 0x1301",
        "tls.alert_message.desc",
        "tls && tcp.srcport == 24433",
    ),
    "websocket-clients-nginx.pcapng": (
        "websocket",
        "websocket.opcode == 8",
        "websocket.mask == 1",
        "websocket.mask == 0 and websocket.opcode in {1, 2}",
        "websocket.fin == 0",
        "http or websocket",
        "http && !websocket",
        "websocket.opcode != 1",
    ),
    "quic-ngtcp2.pcapng": (
        "quic",
        "quic.version == 1",
        "quic.version == 0x6b3343cf",
        "quic.frame_type == 0x1c or quic.frame_type == 0x1d",
        "udp && not quic",
        "udp.stream == 3 and quic",
        "quic.spin_bit == 1",
        "quic.frame_type == 2 && quic.frame_type == 6",
    ),
}


def _theirs(program: str, sample: Path, text: str) -> list[int]:
    words = [
        program,
        "-n",
        "-o",
        "tcp.reassemble_out_of_order:TRUE",
        "-r",
        str(sample),
        "-Y",
        text,
        "-T",
        "fields",
        "-e",
        "frame.number",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize("name", CASES)
def test_the_same_frames_pass(name):
    program = tool("tshark")
    registry = load()
    differences = {}
    with Session.open(SAMPLES / name, registry) as session:
        session.grow()
        for text in CASES[name]:
            ours = session.matching(parse_filter(text, registry.specs)).tolist()
            theirs = _theirs(program, SAMPLES / name, text)
            if ours != theirs:
                differences[text] = sorted(set(ours) ^ set(theirs))
    assert differences == {}


@pytest.mark.parametrize("name", CASES)
def test_one_packet_at_a_time_gives_the_same_as_a_walk(name):
    registry = load()
    with Session.open(SAMPLES / name, registry) as session:
        session.grow()
        for text in CASES[name]:
            wanted = parse_filter(text, registry.specs)
            walked = session.matching(wanted).tolist()
            half = len(session) // 2
            assert [*session.matching(wanted, 0, half), *session.matching(wanted, half)] == walked, text

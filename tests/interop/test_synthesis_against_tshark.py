"""Made-up frames as a strict reader sees them: every checksum right, nothing to complain about."""

import subprocess
from pathlib import Path

from captures.synthesis import MAX_DATAGRAM, TcpConversation, udp_frame
from support.recordings import record
from support.shared import tool
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
PAIRS = (
    (Endpoint("192.0.2.1", 40_000), Endpoint("192.0.2.2", 49000)),
    (Endpoint("2001:db8::1", 40_001), Endpoint("2001:db8::2", 49001)),
    (Endpoint("127.0.0.1", 40_002), Endpoint("::1", 49002)),
)
WARN, ERROR = 6291456, 8388608
STRICT = [option for protocol in ("ip", "tcp", "udp") for option in ("-o", f"{protocol}.check_checksum:TRUE")]


def tshark(path: Path, *arguments: str) -> list[str]:
    command = [tool("tshark"), "-n", "-r", str(path), *STRICT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def conversations() -> list[bytes]:
    frames = []
    for client, server in PAIRS:
        one = TcpConversation(client, server)
        frames += one.open() + one.send(UP, b"question") + one.send(DOWN, b"answer" * 20_000)
        frames += one.close(DOWN) + one.send(UP, b"more") + one.close(UP)
        wrapping = TcpConversation(client, Endpoint(server.host, server.port + 10), initial=(0xFFFFFFF0, 0xFFFFFF00))
        frames += wrapping.open() + wrapping.send(UP, bytes(range(256)) * 300)
        refused = TcpConversation(client, Endpoint(server.host, server.port + 20))
        frames += refused.syn() + refused.reset(DOWN)
    return frames


def test_tcp_conversations_are_flawless(tmp_path: Path):
    frames = conversations()
    path = record(tmp_path / "made.pcapng", frames)
    assert len(tshark(path)) == len(frames)
    assert tshark(path, "-Y", f"_ws.expert.severity >= {ERROR} or _ws.malformed or _ws.short") == []
    # beyond chats and remarks on opening and closing, only the resets that were asked for
    assert tshark(path, "-Y", f"_ws.expert.severity == {WARN} and tcp.flags.reset == 0") == []
    assert tshark(path, "-Y", "tcp.checksum.status != 1 or tcp.analysis.flags") == []


def test_tcp_content_arrives(tmp_path: Path):
    path = record(tmp_path / "made.pcapng", conversations())
    lines = tshark(path, "-q", "-z", "follow,tcp,raw,0")
    sent = "".join(line.strip() for line in lines if line[:1] == "\t")
    assert bytes.fromhex(sent) == b"answer" * 20_000
    ends = tshark(path, "-2", "-T", "fields", "-e", "tcp.completeness", "-Y", "tcp.stream == 0 and frame.number == 1")
    assert ends == ["31"]  # handshake, data, both FINs, no reset


def test_datagrams_are_flawless(tmp_path: Path):
    frames = []
    for client, server in PAIRS:
        for data in (b"", b"x", b"even", bytes(MAX_DATAGRAM)):
            frames += [udp_frame(client, server, data), udp_frame(server, client, data, to_server=False)]
    path = record(tmp_path / "made.pcapng", frames)
    assert tshark(path, "-Y", f"_ws.expert.severity >= {WARN} or _ws.malformed or udp.checksum.status != 1") == []
    assert len(tshark(path, "-Y", "udp")) == len(frames)

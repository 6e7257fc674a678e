"""Decrypted captures in tshark without keys, against the encrypted ones with keys."""

import subprocess
from collections import Counter

from support.commands import workbench
from support.shared import ROOT, tool

SAMPLES = ROOT / "captures" / "samples"


def _tshark(path, *words) -> list[str]:
    done = subprocess.run([tool("tshark"), "-n", "-r", str(path), *words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _values(path, name: str) -> Counter[str]:
    # with this separator no value can be taken for two
    words = ["-T", "fields", "-E", "aggregator=|", "-e", name, "-Y", f"{name} && !tcp.analysis.retransmission"]
    return Counter(value for line in _tshark(path, *words) for value in line.split("|"))


def test_http2_in_the_clear_without_keys_and_settings(tmp_path):
    before, after = SAMPLES / "http2-tls.pcapng", tmp_path / "out.pcapng"
    assert workbench("export", before, "-o", after, "--decrypted").code == 0
    for name in ("http2.header.value", "http2.headers.path", "http2.headers.status", "http2.data.data"):
        assert _values(after, name) == _values(before, name)
        assert _values(after, name)
    assert _tshark(after, "-Y", "tls") == []


def test_the_connections_are_sound(tmp_path):
    after = tmp_path / "out.pcapng"
    for name in ("http2-tls", "tls12-openssl", "http3-caddy"):
        assert workbench("export", SAMPLES / f"{name}.pcapng", "-o", after, "--decrypted").code == 0
        checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
        wrong = "tcp.analysis.flags || tcp.checksum.status==0 || ip.checksum.status==0 || _ws.malformed"
        assert _tshark(after, *checks, "-Y", wrong) == []


def test_what_tls_carried_is_what_tshark_decrypts(tmp_path):
    before, after = SAMPLES / "tls13-openssl.pcapng", tmp_path / "out.pcap"
    assert workbench("export", before, "-o", after, "--decrypted").code == 0
    plain = Counter(line for line in _tshark(before, "-T", "fields", "-e", "data.data", "-Y", "tls && data") if line)
    found = Counter(line for line in _tshark(after, "-T", "fields", "-e", "data.data", "-Y", "data") if line)
    assert found
    joined = ["".join(sorted("".join(each.elements()))) for each in (plain, found)]
    assert joined[0] == joined[1]

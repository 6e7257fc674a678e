"""Our conn.log and dns.log against what tshark counts in the same captures, and the logs in a reader of others."""

import subprocess
from collections import Counter, defaultdict

import pytest

from support.commands import workbench
from support.shared import ROOT, tool
from support.zeek import read_log

SAMPLES = ROOT / "captures" / "samples"


def _listed(path, *names) -> list[list[str]]:
    words = [word for name in names for word in ("-e", name)]
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", *words]
    return [line.split("\t") for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]


@pytest.mark.parametrize("name", ["http1-curl-nginx", "tls13-openssl", "dns-dig-dnsmasq"])
def test_packets_and_bytes_of_connections(tmp_path, name):
    path = SAMPLES / f"{name}.pcapng"
    assert workbench("export", path, "--format", "zeek", "-o", tmp_path / "logs").code == 0
    theirs: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    columns = ("ip.src", "tcp.srcport", "udp.srcport", "ip.dst", "tcp.dstport", "udp.dstport", "ip.len", "tcp.len", "udp.length")
    for source, tport, uport, destination, tother, uother, size, segment, datagram in _listed(path, *columns):
        if source and (tport or uport):
            counts = theirs[source, tport or uport, destination, tother or uother]
            counts[0] += 1
            counts[1] += int(size)
            counts[2] += int(segment) if segment else int(datagram) - 8
    ours = {}
    for row in read_log(tmp_path / "logs" / "conn.log"):
        orig, resp = (row["id.orig_h"], row["id.orig_p"]), (row["id.resp_h"], row["id.resp_p"])
        ours[*orig, *resp] = [row["orig_pkts"], row["orig_ip_bytes"], row["orig_bytes"]]
        if row["resp_pkts"] != "0":
            ours[*resp, *orig] = [row["resp_pkts"], row["resp_ip_bytes"], row["resp_bytes"]]
        else:
            ours[*orig, *resp][2] = ours[*orig, *resp][2].replace("-", str(theirs[*orig, *resp][2]))
    assert {key: list(map(str, counts)) for key, counts in theirs.items()} == ours


def test_queries_and_answers(tmp_path):
    path = SAMPLES / "dns-dig-dnsmasq.pcapng"
    assert workbench("export", path, "--format", "zeek", "-o", tmp_path / "logs").code == 0
    found = read_log(tmp_path / "logs" / "dns.log")
    ids = {str(int(row[0], 16)) for row in _listed(path, "dns.id") if row[0]}
    assert {row["trans_id"] for row in found} == ids
    codes = Counter(row[1] for row in _listed(path, "dns.flags.response", "dns.flags.rcode") if row[0] == "1")
    assert Counter(row["rcode"] for row in found if row["rcode"] != "-") == codes


def test_zat_reads_them(tmp_path):
    reader = pytest.importorskip("zat.zeek_log_reader")
    assert workbench("export", SAMPLES / "http2-tls.pcapng", "--format", "zeek", "-o", tmp_path / "logs").code == 0
    rows = list(reader.ZeekLogReader(str(tmp_path / "logs" / "conn.log")).readrows())
    assert len(rows) == 6
    assert rows[0]["id.resp_p"] == 24481
    assert rows[0]["ts"].year == 2026

"""Exchanges in our HAR against the requests and responses that tshark lists."""

import json
import subprocess
from collections import Counter

import pytest

from support.commands import workbench
from support.har import checked
from support.shared import ROOT, tool

SAMPLES = ROOT / "captures" / "samples"


def _listed(path, *names) -> Counter[str]:
    words = [word for name in names for word in ("-e", name)]
    command = [tool("tshark"), "-n", "-r", str(path), "-T", "fields", "-E", "aggregator=|", *words]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return Counter(value for line in lines for cell in line.split("\t") for value in cell.split("|") if value)


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("http1-curl-nginx", "http.request.uri", "http.response.code"),
        ("http2-tls", "http2.headers.path", "http2.headers.status"),
        ("websocket-clients-nginx", "http.request.uri", "http.response.code"),
    ],
)
def test_requests_and_responses(tmp_path, name, path, status):
    out = tmp_path / "x.har"
    assert workbench("export", SAMPLES / f"{name}.pcapng", "-o", out).code == 0
    entries = checked(json.loads(out.read_text()))
    paths = Counter(entry["request"]["url"].split("/", 3)[3] for entry in entries)
    theirs = Counter({path.lstrip("/"): count for path, count in _listed(SAMPLES / f"{name}.pcapng", path).items()})
    assert sum((paths - theirs).values()) <= 1  # tshark misses the request behind a 413
    assert not theirs - paths
    statuses = Counter(str(entry["response"]["status"]) for entry in entries if entry["response"]["status"])
    # interim responses are no entries, and of a HEAD's response and the 204 behind it tshark makes one 200
    assert not _listed(SAMPLES / f"{name}.pcapng", status) - statuses - Counter({"100": 9, "200": 1})


def test_jq_reads_it(tmp_path):
    out = tmp_path / "x.har"
    assert workbench("export", SAMPLES / "http2-tls.pcapng", "-o", out).code == 0
    words = [tool("jq"), "-r", ".log.entries[].response.content.size", str(out)]
    assert len(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()) == 10

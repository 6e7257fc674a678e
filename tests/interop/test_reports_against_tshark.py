"""Intervals and exported objects are those of tshark."""

import hashlib
import json
import re
import subprocess

import pytest

from support.commands import workbench
from support.shared import ROOT, tool
from support.surveys import asked

SAMPLES = ROOT / "captures" / "samples"
ROW = re.compile(r"\|\s*([\d.]+)\s*<>\s*([\d.]+|Dur)\s*\|\s*(\d+)\s*\|\s*(\d+)\s*\|(?:\s*(\d+)\s*\|\s*(\d+)\s*\|)?")


@pytest.mark.parametrize(
    ("name", "line"),
    [("http1-curl-nginx", "http.response.code>=400"), ("dns-dig-dnsmasq", "dns.flags.rcode==3"), ("tls13-openssl", "tls")],
)
def test_intervals(name, line):
    path = SAMPLES / f"{name}.pcapng"
    command = [tool("tshark"), "-r", str(path), "-q", "-z", f'io,stat,0.05,"frame","{line}"'.replace('"', "")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [found for found in map(ROW.match, said.splitlines()) if found]
    theirs = {round(float(row[1]) * 1e9): tuple(int(number or 0) for number in row.groups()[2:]) for row in rows}
    answers = asked(path, "io", sets=("io.interval=50ms", f"io.line={line}"))
    ours = {row["start_ns"]: (row["packets"], row["bytes"], row["packets_1"], row["bytes_1"]) for row in answers["io"]}
    assert ours == theirs
    assert any(row[2] for row in ours.values())


def test_objects(tmp_path):
    path, theirs = SAMPLES / "http1-curl-nginx.pcapng", tmp_path / "theirs"
    command = [tool("tshark"), "-r", str(path), "-q", "--export-objects", f"http,{theirs}"]
    subprocess.run(command, capture_output=True, check=True)
    expected = sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in theirs.iterdir())
    # tshark takes the Content-Length of a response to a pipelined HEAD for a body, and the next response for its content
    wrong = [file for file in theirs.iterdir() if file.read_bytes().startswith(b"HTTP/1.1 204")]
    expected.remove(hashlib.sha256(wrong[0].read_bytes()).hexdigest())
    ours = json.loads(workbench("objects", path, "-o", tmp_path / "ours", "--json").out)
    assert len(wrong) == 1
    assert sorted(each["sha256"] for each in ours) == expected
    assert {each["file"] for each in ours} < {file.name for file in (tmp_path / "ours").iterdir()}

import dataclasses
import io
import json
import subprocess

from support.commands import workbench
from support.exported import toy_source
from support.shared import ROOT, tool
from workbench.export.keylog import write

SAMPLE = ROOT / "captures" / "samples" / "http2-tls.pcapng"


def test_each_secret_once_without_comments(tmp_path):
    out = io.BytesIO()
    with toy_source(tmp_path) as source:
        given = dataclasses.replace(source, secrets=(b"# said\nA 1 2\r\nB 3 4\n\n", b"B 3 4\nC 5 6"))
        assert write(given, out) == 3
    assert out.getvalue() == b"A 1 2\nB 3 4\nC 5 6\n"


def test_tshark_decrypts_with_it(tmp_path):
    bare, keys = tmp_path / "bare.pcap", tmp_path / "x.keylog"
    assert workbench("export", SAMPLE, "-o", bare).code == 0
    done = workbench("export", SAMPLE, "-o", keys, "--json")
    assert json.loads(done.out)["secrets"] == len(keys.read_text().splitlines())
    counts = []
    for more in ([], ["-o", f"tls.keylog_file:{keys}"]):
        words = [tool("tshark"), "-n", "-r", str(bare), "-Y", "http2", "-T", "fields", "-e", "frame.number", *more]
        counts.append(len(subprocess.run(words, capture_output=True, check=True).stdout.splitlines()))
    assert counts[0] == 0
    assert counts[1] > 20

"""Anonymised captures as tshark sees them: the same conversations, no wrong checksum, no address of before."""

import csv
import subprocess

import pytest

from support.commands import workbench
from support.shared import ROOT, shared_captures, tool

SAMPLES = sorted((ROOT / "captures" / "samples").glob("*.pcapng"))
CHECKS = [word for name in ("ip", "tcp", "udp") for word in ("-o", f"{name}.check_checksum:TRUE")]
WRONG = "ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0 || icmp.checksum.status==0"


def _tshark(path, *words) -> list[str]:
    done = subprocess.run([tool("tshark"), "-n", "-r", str(path), *words], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def _conversations(path) -> list[list[str]]:
    """Frames, bytes and times of each conversation, without the addresses."""
    rows = [line.split() for line in _tshark(path, "-q", "-z", "conv,tcp", "-z", "conv,udp", "-z", "conv,ip") if "<->" in line]
    return sorted(row[3:] for row in rows)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_our_samples(path, tmp_path):
    out = tmp_path / "out.pcapng"
    assert workbench("export", path, "-o", out, "--anonymise", "--anonymise-key", "a test").code == 0
    assert _tshark(out, *CHECKS, "-Y", WRONG) == []
    assert _conversations(out) == _conversations(path)
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "tcp.len", "-e", "tcp.seq", "-e", "udp.length"]
    assert _tshark(out, *fields) == _tshark(path, *fields)
    addresses = [set(_tshark(each, "-T", "fields", "-e", "ip.src", "-e", "ipv6.src")) for each in (path, out)]
    assert len(addresses[0]) == len(addresses[1])
    assert addresses[0] & addresses[1] <= {"\t::1"}  # an address after zeros alone stays, see `pseudonyms`


def test_captures_of_others(tmp_path):
    folder = shared_captures()
    with (folder / "INDEX.tsv").open() as file:
        names = [
            row["file"]
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if row["topic"] == "ethernet-ip-tcp-udp"
        ]
    for name in names[::12]:
        out = tmp_path / "out.pcapng"
        assert workbench("export", folder / name, "-o", out, "--anonymise").code == 0
        assert _tshark(out, *CHECKS, "-Y", WRONG) == [], name

"""Captures that we merge against what mergecap makes of the same files."""

import csv
import subprocess

import pytest

from captures.merging import merge
from support.shared import ROOT, shared_captures, tool

SAMPLES = ROOT / "captures" / "samples"
FIELDS = ("time_epoch", "len", "cap_len", "comment", "packet_flags_direction", "protocols")


def _run(*words) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _rows(path) -> str:
    words = [word for name in FIELDS for word in ("-e", f"frame.{name}")]
    return _run(tool("tshark"), "-n", "-r", path, "-T", "fields", *words, "-e", "tls.handshake.type")


def _both(paths, folder):
    ours, theirs = folder / "ours.pcapng", folder / "theirs.pcapng"
    with ours.open("wb") as out:
        assert merge(paths, out).warnings == ()
    _run(tool("mergecap"), "-I", "none", "-w", theirs, *paths)
    return ours, theirs


def test_our_samples(tmp_path):
    paths = sorted(SAMPLES.glob("*.pcapng"))
    ours, theirs = _both(paths, tmp_path)
    assert _rows(ours) == _rows(theirs)
    found, expected = (_run(tool("capinfos"), "-M", path) for path in (ours, theirs))
    for line in ("Number of interfaces in file", "Number of decryption secrets in file", "Number of packets ="):
        # mergecap numbers the interfaces otherwise
        assert sorted(row for row in found.splitlines() if line in row) == sorted(
            row for row in expected.splitlines() if line in row
        )


@pytest.mark.parametrize("topic", ["pcap-format", "websocket", "dns"])
def test_captures_of_others(tmp_path, topic):
    folder = shared_captures()
    with (folder / "INDEX.tsv").open() as file:
        rows = [row["file"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row["topic"] == topic]
    readable = [folder / name for name in rows if _is_sound(folder / name)][:12]
    ours, theirs = _both(readable, tmp_path)
    # among packets of one time mergecap takes those of later files first
    assert _sorted_rows(ours) == _sorted_rows(theirs)


def _sorted_rows(path) -> list[str]:
    # a time before 1970 has no place in pcapng: both write something far in the future, each its own
    return sorted(row for row in _rows(path).splitlines() if float(row.split("\t")[0]) < 1e10)


def _is_sound(path) -> bool:
    done = subprocess.run([tool("capinfos"), "-c", str(path)], capture_output=True, text=True, check=False)
    return (
        done.returncode == 0
        and not done.stderr.replace('Running as user "root" and group "root". This could be dangerous.', "").strip()
    )

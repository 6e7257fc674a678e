"""The reading commands end to end, as processes: data on stdout, narration on stderr, exit codes, nothing heavy loaded."""

import json
import subprocess
import sys

import pytest

from support.pcap import tcp_frames, write_pcap
from support.shared import ROOT
from workbench.api import Direction

SAMPLE = ROOT / "captures" / "samples" / "http1-curl-nginx.pcapng"


def _run(*words: object, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_capture_from_end_to_end(tmp_path):
    facts = json.loads(_run("info", SAMPLE, "--json").stdout)
    rows = _run("list", SAMPLE, "--format", "ndjson").stdout.splitlines()
    assert len(rows) == facts["packets"]
    messages = [json.loads(line) for line in _run("dissect", SAMPLE, "--format", "ndjson").stdout.splitlines()]
    methods = [each["fields"]["http.request.method"] for each in messages if "http.request.method" in each["fields"]]
    assert methods.count("GET") > 3
    out = tmp_path / "out.pcapng"
    _run("export", SAMPLE, "-o", out, "--filter", "http")
    again = [json.loads(line) for line in _run("dissect", out, "--format", "ndjson").stdout.splitlines()]
    # without its FIN an unfinished message is complete only at the end of the capture: the same messages, in another order
    assert sorted(each["summary"] for each in again) == sorted(each["summary"] for each in messages)
    latency = json.loads(_run("stats", SAMPLE, "--json").stdout)["latency"]
    assert sum(row["count"] for row in latency) > 3


def test_stdout_is_data_only(tmp_path):
    damaged = tmp_path / "x.pcap"
    whole = write_pcap(damaged, tcp_frames([(Direction.TO_SERVER, b"GET / HTTP/1.1\r\n\r\n")])).read_bytes()
    damaged.write_bytes(whole[:-7])
    done = _run("dissect", damaged, "--json")
    for line in done.stdout.splitlines():
        json.loads(line)
    assert "workbench: warning:" in done.stderr
    exported = _run("export", damaged, "--format", "csv", "-o", "-")
    assert exported.stdout.startswith("number,")
    assert "packets written" in exported.stderr


@pytest.mark.parametrize("words", [("info", "gone.pcap"), ("dissect", "pyproject.toml"), ("list",), ("frobnicate",)])
def test_what_cannot_be_done_is_one_sentence(words):
    done = _run(*words, code=2)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["info", "--json"], ["list"], ["dissect"], ["stats"]])
def test_reading_never_loads_the_terminal_interface(words):
    probe = "import sys; from workbench.__main__ import entry; sys.argv[1:] = {}; entry(); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", probe.format([words[0], str(SAMPLE), *words[1:]])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not {"textual", "scapy"} & loaded
    assert "numpy" in loaded


def test_without_a_terminal_nothing_opens():
    assert _run().stdout.startswith("usage: workbench")
    assert "needs a terminal" in _run("open", SAMPLE, code=2).stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_small_character_set_is_no_obstacle(encoding):
    command = [sys.executable, "-m", "workbench", "list", str(SAMPLE)]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": encoding}, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2192" in done.stdout


def test_a_closed_stdout_is_no_crash():
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m workbench info {SAMPLE} >&-"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr

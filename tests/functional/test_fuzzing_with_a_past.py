"""A server that dies of what several clients did: no case alone shows it, and each worker's server has a past of its own."""

import subprocess
import sys
from dataclasses import replace

from fuzzers import Campaign, CampaignConfig, Outcome, TargetConfig, read_case, replay
from support.lines import LINES
from workbench.api import Seed

SERVER = """
import os, socket, sys
kept = 0
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        with listener.accept()[0] as connection, connection.makefile("rb") as lines:
            for line in lines:
                kept += line.startswith(b"KEEP")
                if kept == 3 and line.startswith(b"KEEP"):
                    os.abort()
                connection.sendall(b"OK " + line)
"""


def test_what_several_clients_did_becomes_one_small_case(tmp_path):
    server = tmp_path / "server.py"
    server.write_text(SERVER)
    seeds = tuple(
        Seed(f"seed {number}", (b"HELLO\n", b"KEEP %d\n" % number) if number % 3 == 0 else (b"HI\n",)) for number in range(24)
    )
    spec = replace(LINES, seeds=seeds)
    settings = CampaignConfig(
        protocol="lines",
        directory=tmp_path / "campaign",
        target=TargetConfig(kind="command", command=(sys.executable, "-S", str(server), "{port}"), executor="live", netns="off"),
        stop_after=1,
        cases=300,
        jobs=2,
    )
    *_, ended = Campaign(spec, settings).run()
    (finding,) = ended.findings
    assert finding.confirmed
    assert len(finding.messages) == 3
    assert all(raw.startswith(b"KEEP") for raw in finding.messages)
    case = read_case(finding.folder)
    assert len(set(case.original_conduct.lanes)) >= 3
    assert replay(finding.folder, (spec,)).outcome is Outcome.FAILED
    words = [sys.executable, "-I", "-S", str(finding.folder / "repro.py")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "FAILED: the server ended with status -6\n")

"""Load for live captures: the generator ../shared/workloads/blast.c, run at a given rate on the loopback interface."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.shared import ROOT, tool

PORT = 40_999
"""Where blast sends, to a sink of its own."""


def build_blast(folder: Path) -> Path:
    """The program; skips the calling test where its source or a compiler is missing."""
    source = ROOT.parent / "shared" / "workloads" / "blast.c"
    if not source.exists():
        pytest.skip("the load generator (../shared/workloads/blast.c) is not on this machine")
    program = folder / "blast"
    subprocess.run([shutil.which("gcc") or tool("cc"), "-O2", "-o", str(program), str(source)], check=True, capture_output=True)
    return program


def start_blast(program: Path, packets_per_second: int, seconds: float, size: int = 64) -> subprocess.Popen[str]:
    """Begin to send; standard output tells at the end how many were sent."""
    command = [str(program), str(packets_per_second), str(seconds), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def sent(process: subprocess.Popen[str]) -> int:
    """Wait for the end; how many packets were sent."""
    output, _ = process.communicate(timeout=60)
    return int(output.split()[0])

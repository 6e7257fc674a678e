"""Load for live captures: `blast.c`, built where a compiler is, sends UDP packets at a given rate on the loopback interface."""

import os
import shutil
import subprocess
from pathlib import Path

from support.shared import tool

PORT = 28_999 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Where the packets go, to a sink of the sender's own: one for each worker of the tests, below the ports that are given out to anybody."""


def build_blast(folder: Path) -> Path:
    """The program; skips the calling test where no compiler is."""
    program = folder / "blast"
    compiler = shutil.which("gcc") or tool("cc")
    subprocess.run([compiler, "-O2", "-o", str(program), str(Path(__file__).with_suffix(".c"))], check=True, capture_output=True)
    return program


def start_blast(program: Path, packets_per_second: int, seconds: float, size: int = 64) -> subprocess.Popen[str]:
    """Begin to send; standard output tells at the end how many were sent."""
    command = [str(program), str(PORT), str(packets_per_second), str(seconds), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def sent(process: subprocess.Popen[str]) -> int:
    """Wait for the end; how many packets were sent."""
    output, _ = process.communicate(timeout=60)
    return int(output)

"""What did a whole process cost? CPU seconds (user and system, children included) and peak resident memory."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: CPU seconds, peak resident MiB, and what it printed."""

    cpu_s: float
    peak_mib: float
    output: bytes


def run(words: Sequence[str], output: Path) -> Cost:
    """Run a command with its standard output in a file (a pipe would charge the reader's speed); raises when it fails."""
    with output.open("wb") as sink, output.with_suffix(".err").open("wb") as errors:
        process = subprocess.Popen(words, stdout=sink, stderr=errors, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}: {output.with_suffix('.err').read_text()[-500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.read_bytes())

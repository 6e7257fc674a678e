"""What did a whole process cost? CPU seconds (user and system, children included) and peak resident memory.

Run as a program it measures one command: a process inherits the peak memory of the one that started it, so the starter must be
this small one and not the benchmark, which holds outputs to compare.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: CPU seconds, peak resident MiB, and the file with what it printed."""

    cpu_s: float
    peak_mib: float
    output: Path


UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""Variables that a developer's shell may have and a user's has not: with them every start compiles a hundred modules anew."""


def run(words: Sequence[str], output: Path) -> Cost:
    """Run a command with its standard output in a file (a pipe would charge the reader's speed); raises when it fails."""
    done = subprocess.run([sys.executable, __file__, str(output), *words], capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout)
    if measured["exit"]:
        raise RuntimeError(f"{' '.join(words)} ended with {measured['exit']}: {output.with_suffix('.err').read_text()[-500:]}")
    return Cost(measured["cpu_s"], measured["peak_mib"], output)


def _measure(output: Path, words: Sequence[str]) -> dict[str, float]:
    usual = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    with output.open("wb") as sink, output.with_suffix(".err").open("wb") as errors:
        process = subprocess.Popen(words, stdout=sink, stderr=errors, stdin=subprocess.DEVNULL, env=usual)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return {"exit": process.returncode, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), sys.argv[2:])))

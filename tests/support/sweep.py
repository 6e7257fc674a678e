"""Runs every reading command on captures nobody here wrote, each file in a process of its own: code, time, memory, what it complained.

    python tests/support/sweep.py FOLDER [EVERY]     every EVERY-th capture below FOLDER; prints what went wrong and the sums

One interpreter with everything imported forks for each file, so a sweep over hundreds of files takes a minute instead of ten.
"""

import contextlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.analysis.catalog import PLACES
from workbench.cli.console import Console
from workbench.cli.main import main as workbench

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("info", "--json"),
    ("list", "--format", "ndjson"),
    ("list",),
    ("dissect", "--format", "ndjson"),
    ("dissect",),
    ("stats", "--json"),
    ("stats", *(name for name, _ in PLACES), "--resolve", "--html", "OUT"),
    ("objects", "--json"),
    ("export", "--format", "pcapng", "-o", "OUT"),
    ("export", "--format", "csv", "-o", "OUT"),
)
SECONDS_PER_MB = 10.0
LEAST_SECONDS = 10.0
MOST_MIB = 1024


@dataclass(frozen=True)
class Result:
    """One file: the worst exit code, seconds and peak memory of all commands, and complaints about them."""

    file: str
    seconds: float
    peak_mib: float
    codes: tuple[int, ...]
    complaints: tuple[str, ...]


def captures_in(folder: Path, every: int = 1) -> list[Path]:
    """The captures that the folder's INDEX.tsv lists."""
    lines = (folder / "INDEX.tsv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split("\t").index("file")
    return [folder / line.split("\t")[place] for line in lines[1:]][::every]


def examine(path: Path) -> Result:
    """All commands on one file, in a forked process."""
    limit = max(LEAST_SECONDS, SECONDS_PER_MB * path.stat().st_size / 1e6) * len(COMMANDS)
    read_end, write_end = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if not child:
        os.close(read_end)
        signal.alarm(int(limit) + 1)
        with os.fdopen(write_end, "w") as pipe:
            json.dump(list(_run_all(path)), pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds, peak = time.monotonic() - begun, usage.ru_maxrss / 1024
    complaints = []
    outcomes = json.loads(told) if told and not status else []
    if status:
        complaints.append(f"died with status {status} after {seconds:.1f} s")
    complaints += [text for _, texts in outcomes for text in texts]
    if peak > MOST_MIB:
        complaints.append(f"took {peak:.0f} MiB")
    return Result(str(path), seconds, peak, tuple(code for code, _ in outcomes), tuple(complaints))


def _run_all(path: Path) -> Iterator[tuple[int, list[str]]]:
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            words = [command[0], str(path), *(word.replace("OUT", f"{folder}/out") for word in command[1:])]
            out, err = io.StringIO(), io.StringIO()
            begun = time.process_time()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = workbench(words, console=Console(out, err))
            seconds = time.process_time() - begun
            yield code, [f"{' '.join(command)}: {text}" for text in _complaints(path, code, out, err.getvalue(), seconds)]


def _complaints(path: Path, code: int, out: io.StringIO, err: str, seconds: float) -> Iterator[str]:
    if code not in (0, 2) or (code == 2 and not err.strip()):
        yield f"exit code {code}"
    if "internal error" in err or "Traceback" in err:
        yield err.strip()[-300:]
    if seconds > max(LEAST_SECONDS, SECONDS_PER_MB * path.stat().st_size / 1e6):
        yield f"took {seconds:.1f} s"
    if any(not (char.isprintable() or char in "\n\t") for line in out.getvalue().splitlines() for char in line[:2000]):
        yield "a control character reached stdout"


def main(words: Sequence[str]) -> int:
    """Print one JSON object per file with complaints, and one with the sums."""
    files = captures_in(Path(words[0]), int(words[1]) if len(words) > 1 else 1)
    # whatever a child changes stays in the child: what all of them need is imported here, once
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for _ in _run_all(files[0]):
            pass
    results = [examine(path) for path in files]
    for result in results:
        if result.complaints:
            print(json.dumps(asdict(result)))
    unusable = sum(2 in result.codes for result in results)
    slowest = max(results, key=lambda result: result.seconds)
    sums = {"files": len(results), "unusable": unusable, "slowest": [slowest.file, round(slowest.seconds, 2)]}
    sums["peak_mib"] = round(max(result.peak_mib for result in results))
    sums["complaints"] = sum(bool(result.complaints) for result in results)
    sums["own_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(sums))
    return int(sums["complaints"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How many cases a second? `python tests/bench/fuzzing.py [PROTOCOL] [SECONDS]`, in process, against the reference server.

Made, played, decoded and judged by all oracles, with the store; also the processor time of each part for one case, which other programs
on the machine disturb less.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fuzzers import Campaign, CampaignConfig, Ended, cases
from fuzzers.oracles import Judge
from fuzzers.targets.play import Player
from workbench.api import ProtocolSpec
from workbench.registry import load

SAMPLE = 2000


def _timed(function: Callable[[Any], Any], items: Iterable[Any]) -> tuple[list[Any], float]:
    """Results, and microseconds of processor time for each item."""
    items = list(items)
    before = time.process_time()
    results = [function(item) for item in items]
    return results, (time.process_time() - before) / len(items) * 1e6


def _rate(spec: ProtocolSpec, jobs: int, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as directory:
        settings = CampaignConfig(protocol=spec.name, directory=Path(directory), seconds=seconds, jobs=jobs)
        *_, ended = Campaign(spec, settings).run()
    assert isinstance(ended, Ended)
    return ended.stats.rate


def main(name: str, seconds: float) -> None:
    """Print a small table."""
    spec = load().get(name)
    assert spec.server is not None
    source = cases(spec, 1)
    judge, player = Judge(spec), Player(spec.server, spec.hints.secret)
    made, make = _timed(source.case_at, range(SAMPLE))
    played, play = _timed(lambda case: player.play(case.messages), made)
    _, decide = _timed(judge.verdict, played)
    print(f"one case of {name}: made {make:.0f} µs, played {play:.0f} µs, decoded and judged {decide:.0f} µs of processor time")
    for jobs in sorted({1, len(os.sched_getaffinity(0))}):
        print(f"{jobs} worker(s): {_rate(spec, jobs, seconds):.0f} cases/s (load {os.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "streambus", float(sys.argv[2]) if len(sys.argv) > 2 else 5.0)

"""How many cases a second, side by side: `python tests/bench/fuzzing.py ROWS [--seconds S] [--runs N]`, medians of N runs.

`inproc [PROTOCOL]`: against the protocol's own server, and what each part of a case costs in processor time, which other programs on the
machine disturb less. `boofuzz`: one message with a length and a checksum, the same C server, boofuzz as it comes and tuned (see
`fuzzing_peers.py`). `lighttpd`: Debian's, built with coverage from its source package, four seeds (see `fuzzing_lighttpd.py`);
`--prototype FILE` names another fuzzer's loop to run beside ours. `memory`: what two million cases leave behind.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fuzzers import Campaign, CampaignConfig, Ended, Stats, TargetConfig, cases
from fuzzers.coverage.building import command_line, recipe
from fuzzers.oracles import Judge
from fuzzers.targets.play import Player
from workbench.api import ProtocolSpec
from workbench.registry import load

SAMPLE = 2000
SERVER = Path(__file__).with_name("streambus_server.c")


def campaign(spec: ProtocolSpec, target: TargetConfig, seconds: float, jobs: int = 1) -> Stats:
    """What a whole campaign reached, with its store and everything."""
    with tempfile.TemporaryDirectory() as directory:
        settings = CampaignConfig(protocol=spec.name, directory=Path(directory), target=target, seconds=seconds, jobs=jobs)
        *_, ended = Campaign(spec, settings).run()
    assert isinstance(ended, Ended)
    return ended.stats


def built(source: Path, folder: Path) -> Path:
    """A C program, built with coverage."""
    import subprocess

    made = folder / source.stem
    chosen = recipe()
    words = command_line(chosen, ["-O2", "-o", str(made), str(source)])
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, **chosen.environment})
    return made


def _timed(function: Callable[[Any], Any], items: Iterable[Any]) -> tuple[list[Any], float]:
    """Results, and microseconds of processor time for each item."""
    items = list(items)
    before = time.process_time()
    results = [function(item) for item in items]
    return results, (time.process_time() - before) / len(items) * 1e6


def in_process(name: str, seconds: float) -> None:
    """Print a small table."""
    spec = load().get(name)
    assert spec.server is not None
    source = cases(spec, 1)
    judge, player = Judge(spec), Player(spec.server, spec.hints.secret)
    made, make = _timed(source.case_at, range(SAMPLE))
    played, play = _timed(lambda case: player.play(case.messages, case.conduct), made)
    _, decide = _timed(judge.verdict, played)
    print(f"one case of {name}: made {make:.0f} µs, played {play:.0f} µs, decoded and judged {decide:.0f} µs of processor time")
    for jobs in sorted({1, len(os.sched_getaffinity(0))}):
        print(
            f"{jobs} worker(s): {campaign(spec, TargetConfig(), seconds, jobs).rate:.0f} cases/s (load {os.getloadavg()[0]:.1f})"
        )


def beside_boofuzz(seconds: float, runs: int) -> None:
    """One message, one server, all of us in turn, so that the machine is as busy for each."""
    import fuzzing_peers as peers

    streambus = load().get("streambus")
    spec = replace(streambus, seeds=streambus.seeds[:1])
    with tempfile.TemporaryDirectory() as folder:
        server = built(SERVER, Path(folder))
        live = TargetConfig(kind="command", command=(str(server), "{port}"), executor="live")
        rows: dict[str, Callable[[], float]] = {
            "boofuzz, its default database": lambda: peers.rate(server, seconds, tuned=False),
            "boofuzz, keeping one passing case": lambda: peers.rate(server, seconds, tuned=True),
            "ours, coverage, one worker": lambda: campaign(spec, live, seconds).pace,
            "ours, coverage, one worker, persistent": lambda: campaign(spec, replace(live, executor="persistent"), seconds).pace,
            "ours, coverage, two workers": lambda: campaign(spec, live, seconds, 2).pace,
            "ours, coverage, two workers, persistent": lambda: (
                campaign(spec, replace(live, executor="persistent"), seconds, 2).pace
            ),
            "ours, coverage, one worker, fork": lambda: campaign(spec, replace(live, executor="fork"), seconds).pace,
        }
        told: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(runs):
            for name, measure in rows.items():
                told[name].append(measure())
        slow, fast = (statistics.median(told[name]) for name in list(rows)[:2])
        for name, rates in told.items():
            rate = statistics.median(rates)
            print(f"{name:42} {rate:8.0f} cases/s  {rate / slow:6.1f} × default  {rate / fast:6.1f} × tuned")
        print(f"one crash in fork mode, until the next case: {1000 * peers.crash_s():.0f} ms (boofuzz waits 10 s)")


def memory(cases_wanted: int) -> None:
    """How large one worker is on the way to so many cases."""
    spec = load().get("streambus")
    with tempfile.TemporaryDirectory() as directory:
        settings = CampaignConfig(protocol=spec.name, directory=Path(directory), cases=cases_wanted, jobs=1)
        following = 1000
        for event in Campaign(spec, settings).run():
            stats = getattr(event, "stats", None)
            if stats is not None and stats.cases >= following:
                print(f"{stats.cases:9} cases: campaign and workers {_resident_mib():.0f} MiB, corpus {stats.corpus}", flush=True)
                following *= 10 if following < 100_000 else 2


def _resident_mib() -> float:
    """Of this process and its children."""
    pids = [os.getpid(), *map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(words: Sequence[str]) -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", choices=("inproc", "boofuzz", "lighttpd", "memory"), default="inproc")
    parser.add_argument("protocol", nargs="?", default="streambus")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--prototype", type=Path)
    parser.add_argument("--keep", type=Path, help="where lighttpd is built, to be found again")
    args = parser.parse_args(words)
    if args.rows == "boofuzz":
        beside_boofuzz(args.seconds, args.runs)
    elif args.rows == "lighttpd":
        import fuzzing_lighttpd

        fuzzing_lighttpd.compare(args.seconds, args.runs, args.keep, args.prototype)
    elif args.rows == "memory":
        memory(args.cases)
    else:
        in_process(args.protocol, args.seconds)


if __name__ == "__main__":
    main(sys.argv[1:])

"""A TCP relay in a process of its own, for whoever watches its file: `open_tap` in the parent, `main` in the child."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from captures.recorder_process import RecorderProcess, serve_parent
from captures.tap.facts import TapCounters
from captures.tap.loop import Tap
from captures.tap.reach import Reach
from captures.tap.ways import tcp
from workbench.api import Endpoint

__all__ = ["main", "open_tap"]


def open_tap(listen: Endpoint, to: Endpoint, path: str | Path, *, allow_remote: bool = False) -> RecorderProcess[TapCounters]:
    """Start a tap in a process of its own; returns once it listens on port `counters.port`. Stop it with `stop`."""
    arguments = [listen.host, str(listen.port), to.host, str(to.port), str(path)]
    arguments += ["--allow-remote"] if allow_remote else []
    return RecorderProcess("captures.tap", arguments, TapCounters)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m captures.tap HOST PORT TARGET PORT FILE`: relay until standard input ends, telling counters on standard output."""
    parser = argparse.ArgumentParser(prog="captures.tap", description=main.__doc__)
    for name, kind in (("host", str), ("port", int), ("target", str), ("target_port", int), ("path", str)):
        parser.add_argument(name, type=kind)
    parser.add_argument("--allow-remote", action="store_true")
    given = parser.parse_args(arguments)
    way = tcp(Endpoint(given.host, given.port), Endpoint(given.target, given.target_port))

    def record(stop: Callable[[], bool], report: Callable[[dict[str, int]], None]) -> None:
        with Tap(way, given.path, reach=Reach(given.allow_remote)) as tap:
            tap.run(stop, report=lambda counters: report(asdict(counters)))

    return serve_parent(record)

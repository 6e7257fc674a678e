"""The line server, run in one of the ways that an executor has."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from fuzzers.targets.command import Command
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.ways.way import Way
from support.lines import command


@contextmanager
def run(make: Callable[[Command], Way], *options: str) -> Iterator[Way]:
    """Started, and closed at the end."""
    with (
        closing(Guardian()) as guardian,
        closing(make(Command(TargetConfig(kind="command", command=command(*options)), guardian))) as way,
    ):
        way.start()
        yield way

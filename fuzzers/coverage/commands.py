"""Does a command's program fill a coverage map, how large must that be, and what has to be done so that it does?"""

import mmap
import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzzers.coverage.map import DEFAULT_SIZE, MAX_SIZE

__all__ = ["COVER", "Prepared", "instrumented", "map_size", "prepared"]

COVER = "WORKBENCH_COVER"
"""Names the packages of a Python server, with commas between them, that get probes beside what lies in its folder."""

LAUNCH = Path(__file__).with_name("launch.py")

PATIENCE_S = 5.0
"""A program that has not said its map's size by then does not know the question, and begins to serve."""

_READS_MAP = b"__AFL_SHM_ID"
_AFL = b"__afl_"
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_WITH_VALUE = ("-W", "-X", "--check-hash-based-pycs")


@dataclass(frozen=True, slots=True)
class Prepared:
    """How to start a command so that it fills a map of `size` places: by these `words`.

    `source` says what fills it: "afl-clang-fast", "trace-pc", "python" or "" where nothing does.
    """

    words: tuple[str, ...]
    source: str
    size: int = DEFAULT_SIZE


def prepared(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> Prepared:
    """What has to be done for coverage of a command: a Python server is started through `launch.py`, others were built for it or not.

    Never raises: a command that cannot be understood is left as it is.
    """
    launched = _launched(words, environment)
    if launched is not None:
        return Prepared(launched, "python")
    program = shutil.which(words[0], path=environment.get("PATH")) if words else None
    source = instrumented(Path(program)) if program is not None else None
    if program is None or source is None:
        return Prepared(tuple(words), "")
    return Prepared(tuple(words), source, map_size(Path(program)))


def instrumented(program: Path) -> str | None:
    """What fills a map in a program: "afl-clang-fast" or "trace-pc" (our own runtime); None where nothing does.

    Instrumentation in shared libraries only is not seen.
    """
    try:
        with program.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] != b"\x7fELF" or data.find(_READS_MAP) < 0:
                return None
            return "afl-clang-fast" if data.find(_AFL) >= 0 else "trace-pc"
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None


def map_size(program: Path) -> int:
    """How many places an instrumented program wants; the usual number where it does not say or wants fewer.

    It is asked by starting it (AFL_DUMP_MAP_SIZE), to which every runtime answers before the program itself begins. It may load more of
    itself later, which is why fewer are not believed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own server
            [str(program)],
            env={**os.environ, "AFL_DUMP_MAP_SIZE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return DEFAULT_SIZE
    with process:
        told = b""
        try:
            told, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    number = told.strip()
    return max(DEFAULT_SIZE, min(int(number), MAX_SIZE)) if number.isdigit() and len(number) < 12 else DEFAULT_SIZE


def _launched(words: Sequence[str], environment: Mapping[str, str]) -> tuple[str, ...] | None:
    """The words of a Python command with our launcher in them; None for anything else."""
    rest = list(words)
    script = _shebang(rest[0], environment) if rest else None
    if script is not None:
        rest[:1] = script
    if not rest or not _PYTHON.fullmatch(Path(rest[0]).name):
        return None
    at = 1
    while at < len(rest) and rest[at].startswith("-") and rest[at] not in ("-", "-m", "-c"):
        at += 2 if rest[at] in _WITH_VALUE else 1
    target = rest[at : at + 2] if rest[at : at + 1] == ["-m"] else rest[at : at + 1]
    if not target or target[-1] in ("-m", "-", "-c") or (len(target) == 1 and not _is_file(target[0])):
        return None
    return (*rest[:at], str(LAUNCH), *rest[at:])


def _shebang(word: str, environment: Mapping[str, str]) -> list[str] | None:
    """The words that a script for Python stands for."""
    found = shutil.which(word, path=environment.get("PATH"))
    try:
        with Path(found or "").open("rb") as file:
            line = file.readline(256)
    except OSError:
        return None
    if not line.startswith(b"#!") or found is None:
        return None
    named = shlex.split(line[2:].decode("utf-8", "replace"))
    if named and Path(named[0]).name == "env":
        named = [word for word in named[1:] if word != "-S"]
    return [*named, found] if named and _PYTHON.fullmatch(Path(named[0]).name) else None


def _is_file(word: str) -> bool:
    return Path(word).is_file()

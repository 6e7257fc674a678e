"""Where a server under test runs: in a directory of its own, with a clean environment and no more of the machine than it needs.

Not here: its network (`fuzzers.targets.network`), which belongs to the worker that talks to it, and its ports and its readiness
(`fuzzers.targets.command`). What it may have left behind is `fuzzers.targets.leftovers`' business.
"""

import contextlib
import mmap
import os
import resource
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from fuzzers.targets.config import TargetConfig
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.leftovers import MARK, end_marked, new_directory, remove, remove_stale
from workbench.api import TargetError, UsageError

__all__ = ["Sandbox", "is_sanitized", "located"]

FILE_SIZE, OPEN_FILES = 1 << 30, 4096
"""A runaway server must not fill the disk or the file table."""
PROCESSES = 512
"""Processes and threads that a server may have beyond those its user has already. Root may always have more (setrlimit(2))."""

PASSED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
"""What a server gets of our environment: what it takes to be found and to speak; no session, no credentials, no settings."""
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "MSAN_OPTIONS", "TSAN_OPTIONS")
_SANITIZED = b"__asan_init", b"__msan_init", b"__tsan_init"


class Sandbox:
    """One server's place, for as many starts as it needs: each finds the directory as if nothing had been there before.

    `guardian` cleans up where this process is killed. Raises `UsageError` for a directory of the user's that cannot be made.
    """

    def __init__(self, config: TargetConfig, guardian: Guardian) -> None:
        if not config.keep_in:
            remove_stale()
        try:
            self.directory = new_directory(config.keep_in)
        except OSError as error:
            raise UsageError(f"no directory can be made here ({error.strerror})", place=config.keep_in) from error
        self._config = config
        self._guardian = guardian
        self._words = located(config.command, Path.cwd())
        self._memory = 0 if any(map(is_sanitized, self._words)) else config.memory
        if not config.keep_in:
            guardian.guard_directory(self.directory)

    def start(
        self, port: int, output: "IO[bytes]", extra: Mapping[str, str] | None = None, passed: Sequence[int] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start the server in a group of its own, which the guardian knows; `extra` goes on top of its environment, the
        descriptors `passed` are open in it.

        Raises `TargetError` where there is no such program.
        """
        self._clear()
        for name, text in self._config.files.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._filled(text, port), "utf-8")
        words = [self._filled(word, port) for word in self._words]
        try:
            process = subprocess.Popen(  # noqa: S603 - running what the user named is the purpose
                words,
                cwd=self.directory,
                env=self._environment(port, extra or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                pass_fds=passed,
            )
        except OSError as error:
            raise TargetError(f"the server cannot be started ({error.strerror})", place=words[0]) from error
        self._guardian.guard(process.pid)
        _limit(process.pid, self._memory)
        return process

    def close(self) -> None:
        """End what escaped from the server's group, and throw the directory away unless it is to be kept."""
        if self._config.keep_in:
            end_marked(self.directory.name)
        else:
            remove(self.directory)
            self._guardian.forget_directory(self.directory)

    def _clear(self) -> None:
        for entry in self.directory.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)

    def _filled(self, text: str, port: int) -> str:
        return text.replace("{port}", str(port)).replace("{dir}", str(self.directory))

    def _environment(self, port: int, extra: Mapping[str, str]) -> dict[str, str]:
        here = str(self.directory)
        passed = {name: os.environ[name] for name in PASSED if name in os.environ}
        limits = {"ASAN_OPTIONS": f"hard_rss_limit_mb={self._config.memory >> 20}"} if self._config.memory else {}
        given = {name: self._filled(value, port) for name, value in self._config.environment.items()}
        environment = {"HOME": here, "TMPDIR": here} | passed | {**limits, **extra} | given | {MARK: self.directory.name}
        for name in SANITIZERS:  # the last word on an option wins, so they can all speak
            said = [each[name] for each in (limits, extra, given) if each.get(name)]
            environment |= {name: ":".join(said)} if said else {}
        return environment


def located(words: Sequence[str], here: Path) -> tuple[str, ...]:
    """A command line that means the same in any directory: words that name files in `here` become absolute.

    Those are a program with a slash, names of files, and anything with a slash that exists; behind an equals sign as well.
    """
    return tuple(_located(word, here, program=not place) for place, word in enumerate(words))


def _located(word: str, here: Path, *, program: bool) -> str:
    option, equals, name = word.rpartition("=")
    path = here / name
    with contextlib.suppress(OSError, ValueError):  # too long for a name, or with a zero byte: it is none
        if name and (("/" in name and path.exists()) or name == "." or (path.is_file() and not program)):
            return f"{option}{equals}{path.absolute()}"
    return word


def is_sanitized(word: str) -> bool:
    """Whether this is a program built with a sanitizer that reserves address space: a limit on memory would keep it from starting."""
    path = shutil.which(word)
    if path is None:
        return False
    try:
        with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return any(data.find(symbol) >= 0 for symbol in _SANITIZED)
    except (OSError, ValueError):  # not ours to read, or empty
        return False


def _limit(pid: int, memory: int) -> None:
    """Resource limits of a running process (prlimit(2)); children inherit them. A process that has ended already has no need of them."""
    limits: dict[int, int] = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: FILE_SIZE, resource.RLIMIT_NOFILE: OPEN_FILES}
    if memory:
        limits[resource.RLIMIT_DATA] = memory
    if os.geteuid():
        limits[resource.RLIMIT_NPROC] = _threads_of(os.geteuid()) + PROCESSES
    for which, value in limits.items():
        with contextlib.suppress(OSError, ValueError):
            hard = resource.prlimit(pid, which)[1]
            soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.prlimit(pid, which, (soft, hard))


def _threads_of(user: int) -> int:
    """How many threads this user has on the machine."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/task"):
        with contextlib.suppress(OSError):
            count += path.stat().st_nlink - 2 if path.stat().st_uid == user else 0
    return count

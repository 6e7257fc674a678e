"""Cleans up spawned servers when the campaign itself is killed.

A small forked process that holds one end of a pipe, the ids of process groups, and the directories of servers. When the pipe breaks (the
campaign ended, however that came about), it kills every group it was told of and not told to forget, and throws those directories away.
"""

import contextlib
import os
import signal
import warnings
from pathlib import Path

from fuzzers.targets.leftovers import remove

__all__ = ["Guardian"]


class Guardian:
    """Watches over process groups and directories for as long as this process lives."""

    def __init__(self) -> None:
        read_end, self._pipe = os.pipe()
        os.set_inheritable(self._pipe, False)
        with warnings.catch_warnings():
            # the child uses nothing but the pipe, so other threads' locks do not matter
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            try:
                # a reader of our output, or a lock of a database, must not wait for this process
                os.closerange(0, read_end)
                os.closerange(read_end + 1, os.sysconf("SC_OPEN_MAX"))
                _watch(read_end)
            finally:
                os._exit(0)
        os.close(read_end)

    def guard(self, group: int) -> None:
        """From now on this process group dies with us."""
        os.write(self._pipe, f"+{group}\n".encode())

    def forget(self, group: int) -> None:
        """The group is gone already; its number may be somebody else's soon."""
        os.write(self._pipe, f"-{group}\n".encode())

    def guard_directory(self, directory: Path) -> None:
        """From now on this directory of a server goes with us, and whoever carries its name (see `fuzzers.targets.leftovers`)."""
        os.write(self._pipe, b">" + os.fsencode(directory) + b"\n")

    def forget_directory(self, directory: Path) -> None:
        """The directory is gone already."""
        os.write(self._pipe, b"<" + os.fsencode(directory) + b"\n")

    def close(self) -> None:
        """Kill what is still guarded and end."""
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
            os.waitpid(self._pid, 0)


def _watch(pipe: int) -> None:
    """The guardian's life; terminal signals are for the campaign, not for us."""
    os.setsid()
    groups: set[int] = set()
    directories: set[Path] = set()
    with os.fdopen(pipe, "rb") as lines:
        for line in lines:
            sign, rest = line[:1], line[1:-1]
            if sign in b"+-":
                (groups.add if sign == b"+" else groups.discard)(int(rest))
            else:
                (directories.add if sign == b">" else directories.discard)(Path(os.fsdecode(rest)))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for directory in directories:
        remove(directory)

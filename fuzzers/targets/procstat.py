"""Is a process busy? Read from /proc, for a whole process tree with all its threads (proc(5)).

After a message was sent, a server that sleeps in all its threads has done what it was going to do: that is how an executor knows, without
any waiting time, that no reply will come.
"""

import contextlib
import os
from pathlib import Path

__all__ = ["ProcessTree"]

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_STATE, _UTIME, _STIME = 0, 11, 12
_SLEEPING = (b"S", b"I")
_DEAD = (b"Z", b"X")


class ProcessTree:
    """All threads of a process and its descendants; `refresh` finds new ones. Use as a context manager or `close` it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._files: dict[str, int] = {}
        self.refresh()

    def __enter__(self) -> "ProcessTree":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> bool:
        """Look for threads and children that are new or gone; whether there were new ones."""
        found: set[str] = set()
        pids, seen = [self.pid], set()
        while pids:
            pid = pids.pop()
            if pid in seen:
                continue
            seen.add(pid)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - hundreds of times a second, names are enough
                    found.add(f"/proc/{pid}/task/{task}/stat")
                    pids.extend(map(int, Path(f"/proc/{pid}/task/{task}/children").read_text("ascii").split()))
        for gone in self._files.keys() - found:
            os.close(self._files.pop(gone))
        fresh = found - self._files.keys()
        for new in fresh:
            with contextlib.suppress(OSError):
                self._files[new] = os.open(new, os.O_RDONLY | os.O_CLOEXEC)
        return bool(fresh)

    def is_quiet(self) -> bool:
        """Whether every thread sleeps (or is dead): nothing will happen until somebody sends something."""
        return all(fields[_STATE] in _SLEEPING + _DEAD for fields in self._stats())

    def cpu_ns(self) -> int:
        """Processor time used so far by the threads that are known, in the kernel's ticks (10 ms on most machines)."""
        return sum((int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_NS for fields in self._stats())

    def close(self) -> None:
        """Forget all threads."""
        for file in self._files.values():
            os.close(file)
        self._files = {}

    def _stats(self) -> list[list[bytes]]:
        """The fields after the name of each thread that still exists (a name may hold spaces and parentheses)."""
        stats = []
        for file in self._files.values():
            with contextlib.suppress(OSError):
                data = os.pread(file, 512, 0)
                stats.append(data[data.rindex(b")") + 2 :].split())
        return stats

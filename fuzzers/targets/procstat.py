"""Is a process busy? Read from /proc, for a whole process tree with all its threads (proc(5)).

After a message was sent, a server that sleeps in all its threads has done what it was going to do: that is how an executor knows, without
any waiting time, that no reply will come.
"""

import os
from dataclasses import dataclass

__all__ = ["ProcessTree", "cpu_s"]

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_STATE, _UTIME, _STIME = 0, 11, 12
_SLEEPING = (b"S", b"I")
_DEAD = (b"Z", b"X")


def cpu_s(pid: int) -> float:
    """Seconds of processor time that one process has used so far, all its threads together, in ticks of the kernel; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - asked for several times a second
            fields = file.read().rpartition(b") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_NS / 1e9


class ProcessTree:
    """All threads of a process and its descendants; `refresh` finds new ones. Use as a context manager or `close` it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._threads: dict[tuple[int, str], _Thread] = {}
        self.refresh()

    def __enter__(self) -> "ProcessTree":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self) -> bool:
        """Look for threads and children that are new or gone; whether there were new ones."""
        found: set[tuple[int, str]] = set()
        fresh = False
        pids = [self.pid]
        for pid in pids:  # grows while it is walked
            for task in _tasks(pid):
                key = (pid, task)
                thread = self._threads.get(key)
                if thread is None:
                    thread = _opened(pid, task)
                    if thread is None:
                        continue
                    self._threads[key] = thread
                    fresh = True
                found.add(key)
                pids.extend(child for child in map(int, _read(thread.children).split()) if child not in pids)
        for gone in self._threads.keys() - found:
            self._threads.pop(gone).close()
        return fresh

    def is_quiet(self) -> bool:
        """Whether every thread sleeps (or is dead): nothing will happen until somebody sends something."""
        return all(fields[_STATE] in _SLEEPING + _DEAD for fields in self._stats())

    def cpu_ns(self) -> int:
        """Processor time used so far by the threads that are known, in the kernel's ticks (10 ms on most machines)."""
        return sum((int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_NS for fields in self._stats())

    def close(self) -> None:
        """Forget all threads."""
        for thread in self._threads.values():
            thread.close()
        self._threads = {}

    def _stats(self) -> list[list[bytes]]:
        """The fields after the name of each thread that still exists (a name may hold spaces and parentheses)."""
        stats = (_read(thread.stat) for thread in self._threads.values())
        return [data[data.rindex(b")") + 2 :].split() for data in stats if data]


@dataclass(frozen=True, slots=True)
class _Thread:
    """Open files of one thread: reading them again is several times cheaper than opening them again."""

    stat: int
    children: int

    def close(self) -> None:
        os.close(self.stat)
        os.close(self.children)


def _tasks(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - hundreds of times a second, names are enough
    except OSError:
        return []


def _opened(pid: int, task: str) -> _Thread | None:
    """None for a thread that ended meanwhile."""
    try:
        stat = os.open(f"/proc/{pid}/task/{task}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return _Thread(stat, os.open(f"/proc/{pid}/task/{task}/children", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        os.close(stat)
        return None


def _read(file: int) -> bytes:
    """What a file of /proc says now; nothing once its thread has ended."""
    try:
        return os.pread(file, 4096, 0)
    except OSError:
        return b""

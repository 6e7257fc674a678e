"""Is a process busy? Read from /proc, for a whole process tree with all its threads (proc(5)).

After a message was sent, a server that sleeps in all its threads has done what it was going to do: that is how an executor knows, without
any waiting time, that no reply will come.
"""

import contextlib
import os
from dataclasses import dataclass

__all__ = ["ProcessTree", "cpu_s", "is_asleep", "runnable_s"]

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_UTIME, _STIME = 11, 12
_FILES = ("stat", "children", "schedstat", "wchan")
"""What is read of a thread, in the order of `_Thread`."""
_RESTING = b"SIZX"
"""States in which a thread does nothing: asleep, idle (kernel), a zombie, dead."""


def cpu_s(pid: int) -> float:
    """Seconds of processor time that one process has used so far, all its threads together, in ticks of the kernel; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - asked for several times a second
            fields = file.read().rpartition(b") ")[2].split()
    except OSError:
        return 0.0
    return (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_NS / 1e9


def runnable_s(pid: int) -> float:
    """Seconds in which the first thread of a process ran or waited for a processor (schedstat of proc(5)); 0 when it is gone.

    The rest of the time it slept: that tells who blocks from who is kept from running by others.
    """
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:  # noqa: PTH123 - asked for several times a second
            ran, waited, _ = file.read().split()
    except (OSError, ValueError):
        return 0.0
    return (int(ran) + int(waited)) / 1e9


def is_asleep(pid: int) -> bool:
    """Whether the first thread of a process sleeps right now. Who waits for a processor does not, and `runnable_s` counts that waiting
    only when it is over."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - asked for several times a second
            return file.read().rpartition(b") ")[2][0] in _RESTING
    except (OSError, IndexError):
        return False


class ProcessTree:
    """All threads of a process and its descendants; `refresh` finds new ones. Use as a context manager or `close` it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._threads: dict[tuple[int, str], _Thread] = {}
        self._folders: dict[int, int] = {}
        """For each process the open folder of its threads."""
        self._stats: tuple[int, ...] = ()
        """The open state files of all threads; these and the next two are read several times for each case."""
        self._children: tuple[tuple[int, bytes], ...] = ()
        """For each thread its open list of children, and what that said when all were looked for last."""
        self._links: tuple[tuple[int, int], ...] = ()
        """The same for the folders of threads, and how many links they had: that is how many threads there are."""
        self._has_lost = False
        """Whether a thread has ended since: another one may have taken its place, which no number of links shows."""
        self.refresh()

    def __enter__(self) -> "ProcessTree":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """How many threads are known."""
        return len(self._stats)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are known."""
        return tuple(self._folders)

    def refresh(self) -> bool:
        """Look for threads and children that are new or gone; whether there were new ones. Costs little where there are none."""
        if self._stats and not self._has_lost and not self._has_changed():
            return False
        self._has_lost = False
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
        self._keep_folders({pid for pid, _ in found})
        self._stats = tuple(thread.stat for thread in self._threads.values())
        self._children = tuple((thread.children, _read(thread.children)) for thread in self._threads.values())
        self._links = tuple((folder, _links(folder)) for folder in self._folders.values())
        return fresh

    def _has_changed(self) -> bool:
        """Whether a process got or lost threads or children."""
        try:
            for file, said in self._children:
                if os.pread(file, 4096, 0) != said:
                    return True
            for folder, links in self._links:
                if os.fstat(folder).st_nlink != links:
                    return True
        except OSError:
            return True
        return False

    def _keep_folders(self, pids: set[int]) -> None:
        for gone in self._folders.keys() - pids:
            os.close(self._folders.pop(gone))
        for pid in pids - self._folders.keys():
            with contextlib.suppress(OSError):
                self._folders[pid] = os.open(f"/proc/{pid}/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def is_quiet(self) -> bool:
        """Whether every thread sleeps (or is dead): nothing will happen until somebody sends something."""
        for stat in self._stats:
            try:
                data = os.pread(stat, 256, 0)  # the state stands behind the name, near the beginning
            except OSError:
                self._has_lost = True
                continue
            if data[data.rindex(b")") + 2] not in _RESTING:
                return False
        return True

    def cpu_ns(self) -> int:
        """Processor time used so far by the threads that are known (schedstat of proc(5): exact, where ticks are 10 ms)."""
        return sum(int(said.split()[0]) for said in (_read(thread.schedstat) for thread in self._threads.values()) if said)

    def waits(self) -> tuple[bytes, ...]:
        """Where in the kernel each thread sleeps, sorted (wchan of proc(5)): equal when the same is being waited for. Empty where the
        kernel does not tell."""
        found = sorted(_read(thread.wchan) for thread in self._threads.values())
        return () if b"0" in found else tuple(found)

    def close(self) -> None:
        """Forget all threads."""
        for thread in self._threads.values():
            thread.close()
        self._keep_folders(set())
        self._threads = {}
        self._stats, self._children, self._links = (), (), ()


@dataclass(frozen=True, slots=True)
class _Thread:
    """Open files of one thread: reading them again is several times cheaper than opening them again."""

    stat: int
    children: int
    schedstat: int
    wchan: int

    def close(self) -> None:
        for file in (self.stat, self.children, self.schedstat, self.wchan):
            os.close(file)


def _tasks(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - hundreds of times a second, names are enough
    except OSError:
        return []


def _opened(pid: int, task: str) -> _Thread | None:
    """None for a thread that ended meanwhile."""
    files: list[int] = []
    try:
        files.extend(os.open(f"/proc/{pid}/task/{task}/{name}", os.O_RDONLY | os.O_CLOEXEC) for name in _FILES)
    except OSError:
        for file in files:
            os.close(file)
        return None
    return _Thread(*files)


def _links(folder: int) -> int:
    """How many links a folder of threads has; none once its process has ended."""
    try:
        return os.fstat(folder).st_nlink
    except OSError:
        return 0


def _read(file: int) -> bytes:
    """What a file of /proc says now; nothing once its thread has ended."""
    try:
        return os.pread(file, 4096, 0)
    except OSError:
        return b""

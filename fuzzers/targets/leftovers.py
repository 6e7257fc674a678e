"""What servers under test may leave behind, and how it goes away: processes that left their group, directories, those of killed campaigns.

A server's directory is named after the process it belongs to, and every process of the server has that name in its environment. So nothing
has to be written down, and whoever comes later can tell what nobody needs any more.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

__all__ = ["MARK", "end_marked", "new_directory", "remove", "remove_stale"]

MARK = "WORKBENCH_TARGET"
"""The variable in the environment of a server's processes; its value is the name of the server's directory."""
ROUNDS = 8
"""How often processes are looked for: each of them may start another one before it is killed. Who is faster than that stays."""

_NAME = re.compile(r"workbench-target-(\d+)-(\d+)-[0-9a-f]{8}")


def new_directory(parent: str = "") -> Path:
    """A fresh directory of this process in `parent` (default: the system's temporary folder), only for its user.

    Root's may be looked into by others: a server that is started by root gives its rights up, and must still find its files there.
    """
    name = f"workbench-target-{os.getpid()}-{_born(os.getpid())}-{secrets.token_hex(4)}"
    path = Path(parent or tempfile.gettempdir()).absolute() / name
    path.mkdir(mode=0o700 if os.geteuid() else 0o755, parents=True)
    return path


def end_marked(name: str) -> int:
    """Kill every process that carries this mark, whatever its group; how many there were.

    A process that was given another environment, or that is not ours to look into, is not found.
    """
    mark = f"{MARK}={name}".encode()
    ended = 0
    for _ in range(ROUNDS):
        found = [pid for pid in _processes() if mark in _environment(pid)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended += 1
        if not found:
            break
    return ended


def remove(directory: Path) -> None:
    """End what is left of a server and throw its directory away."""
    end_marked(directory.name)
    shutil.rmtree(directory, ignore_errors=True)


def remove_stale() -> None:
    """Clean up after processes that were killed before they could do so, and whose guardian was killed as well."""
    for path in Path(tempfile.gettempdir()).glob("workbench-target-*"):
        found = _NAME.fullmatch(path.name)
        with contextlib.suppress(OSError):  # somebody else was faster
            if found is not None and _born(int(found[1])) != int(found[2]) and path.stat().st_uid == os.geteuid():
                remove(path)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208 - thousands of names, and names are enough


def _environment(pid: int) -> list[bytes]:
    """The variables that a process was started with; none for one that has ended (also when nobody has reaped it) or is not ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _born(pid: int) -> int:
    """When a process began, in ticks since the machine did (proc(5)); 0 for one that does not exist. Tells it from a later one of that
    number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat.rpartition(b")")[2].split()[19])

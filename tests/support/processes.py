"""Looking at processes from outside."""

from pathlib import Path


def is_gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has, only nobody asked yet)."""
    try:
        return b") Z" in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return True


def children(pid: int) -> list[int]:
    """Process ids of the children of a process, of all its threads."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []

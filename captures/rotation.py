"""One capture in several files: when the next one begins, what it is called, and how many are kept."""

import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Rotation", "name_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """When to begin the next file: after so many bytes, seconds or packets, whichever comes first; 0 means never.

    Of the files only the newest `keep` stay; 0 means all.
    """

    bytes: int = 0
    seconds: float = 0
    packets: int = 0
    keep: int = 0

    def __bool__(self) -> bool:
        return bool(self.bytes or self.seconds or self.packets)


def name_of(path: Path, number: int, time_ns: int) -> Path:
    """Where file `number` (from 1) goes that was begun at this time: name_00001_20261121193000.pcapng, as dumpcap calls it.

    The time is local, to the second; files sort in the order in which they were written.
    """
    moment = time.strftime("%Y%m%d%H%M%S", time.localtime(time_ns // 1_000_000_000))
    return path.with_name(f"{path.stem}_{number:05d}_{moment}{path.suffix}")

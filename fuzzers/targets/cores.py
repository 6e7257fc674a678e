"""Which processors have the least to do with bound processes: workers and their servers are bound to one each."""

import os
from collections import Counter

__all__ = ["quiet_cores"]


def quiet_cores() -> list[int]:
    """The processors that we may use, those first to which the fewest processes are bound: another campaign may run beside us."""
    usable = os.sched_getaffinity(0)
    bound: Counter[int] = Counter()
    for name in os.listdir("/proc"):  # noqa: PTH208 - thousands of names, and names are enough
        if name.isdecimal():
            try:
                cores = os.sched_getaffinity(int(name))
            except OSError:  # it has ended, or is none of our business
                continue
            if len(cores) == 1:
                bound.update(cores)
    return sorted(usable, key=lambda core: (bound[core], core))

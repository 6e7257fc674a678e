"""What of a target's code did a case reach?

The door: a `CoverageMap` that a target fills, and `preload`, our own shared objects for servers that were not built for this.
"""

from fuzzers.coverage.map import DEFAULT_SIZE, CoverageMap
from fuzzers.coverage.native import preload

__all__ = ["DEFAULT_SIZE", "CoverageMap", "preload"]

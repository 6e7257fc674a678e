"""What of a target's code did a case reach?

The door: a `CoverageMap` that a target fills; `prepared`, what has to be done to a command for that; `ServerProbes` for servers in this
process; and `preload`, our own shared objects for servers that were not built for this.
"""

from fuzzers.coverage.commands import Prepared, instrumented, map_size, prepared
from fuzzers.coverage.map import DEFAULT_SIZE, CoverageMap
from fuzzers.coverage.native import preload
from fuzzers.coverage.servers import ServerProbes

__all__ = ["DEFAULT_SIZE", "CoverageMap", "Prepared", "ServerProbes", "instrumented", "map_size", "preload", "prepared"]

"""A new process for each case: the slowest way, for servers that are the same twice in no other."""

from fuzzers.targets.command import Command
from fuzzers.targets.ways.live import Live

__all__ = ["Restart"]


class Restart(Live):
    """See `fuzzers.targets.ways.way.Way`."""

    name = "restart"
    keeps = False
    secrets = 1

    def __init__(self, command: Command) -> None:
        super().__init__(command)
        self._is_new = False

    def start(self) -> None:
        """See `Way`."""
        super().start()
        self._is_new = True

    def begin(self) -> None:
        """See `Way`."""
        if not self._is_new:
            self.stop()
            super().start()
        self._is_new = False

"""A server that goes on living: every case meets the process that met the ones before. The fastest way that every server can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fuzzers.model import USUAL, Conduct, Ending, Execution
from fuzzers.targets.command import Command
from fuzzers.targets.watchers import ProcessWatcher
from fuzzers.targets.wire import play_on_wire
from workbench.api import Endpoint

__all__ = ["Live"]


class Live:
    """See `fuzzers.targets.ways.way.Way`. Owns the command."""

    name = "live"
    keeps = True
    ours = True
    secrets = 32

    def __init__(self, command: Command) -> None:
        self.command = command
        self._watcher: ProcessWatcher | None = None
        self._idle: tuple[bytes, ...] = ()
        """What its threads wait for when it serves nobody."""

    @property
    def endpoint(self) -> Endpoint:
        """See `Way`."""
        return self.command.endpoint

    @property
    def group(self) -> int:
        """See `Way`."""
        return self.command.group

    def start(self) -> None:
        """See `Way`."""
        self._start({}, ())

    def _start(self, extra: Mapping[str, str], passed: Sequence[int]) -> None:
        """Start the server with something more in its environment and these open descriptors."""
        self.command.start(extra, passed)
        self._watcher = ProcessWatcher(self.command.tree)
        self._idle = ()

    @property
    def watcher(self) -> ProcessWatcher:
        """Of the server that runs now."""
        assert self._watcher is not None
        return self._watcher

    def begin(self) -> None:
        """See `Way`."""

    def say(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, apart: bool = True) -> Execution:
        """See `Way`."""
        watcher = self.watcher
        watcher.patient = patient
        return play_on_wire(self.command.endpoint, messages, watcher, dialer=self.command.dialer, conduct=conduct)

    def fate(self, execution: Execution) -> Execution:
        """See `Way`."""
        if not self.command.is_alive():
            return replace(execution, ending=Ending.CRASHED, failure=self.command.died_of())
        complaint = self.command.complaint()
        return execution if complaint is None else replace(execution, ending=Ending.CRASHED, failure=complaint)

    def answers(self, probe: Sequence[bytes]) -> bool:
        """See `Way`. A server whose threads wait for what they always wait for between two clients need not be asked."""
        tree = self.command.tree
        if self._idle and tree.waits() == self._idle:
            return True
        answered = bool(self.say(probe).replies)
        self._idle = tree.waits() if answered else ()
        return answered

    def survives(self, execution: Execution) -> bool:
        """See `Way`; nobody knows what state it is in."""
        return False

    def stop(self) -> None:
        """See `Way`."""
        self.command.stop()

    def close(self) -> None:
        """See `Way`."""
        self.command.close()

"""A server that runs already and of which nothing is seen but what it says."""

from collections.abc import Sequence
from dataclasses import replace

from fuzzers.model import USUAL, Conduct, Ending, Execution
from fuzzers.targets.address import Address
from fuzzers.targets.watchers import SilenceWatcher
from fuzzers.targets.wire import Answered, play_on_wire
from workbench.api import Endpoint

__all__ = ["Blackbox"]


class Blackbox:
    """See `fuzzers.targets.ways.way.Way`. `answered` tells that nothing more is to be waited for."""

    name = "blackbox"
    keeps = True
    ours = False
    secrets = 8
    group = 0

    def __init__(self, address: Address, answered: Answered) -> None:
        self.watcher = SilenceWatcher()
        self._address = address
        self._answered = answered

    @property
    def endpoint(self) -> Endpoint:
        """See `Way`."""
        return self._address.endpoint

    def start(self) -> None:
        """See `Way`; it only has to take connections."""
        self._address.start()

    def begin(self) -> None:
        """See `Way`."""

    def say(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False, apart: bool = True) -> Execution:
        """See `Way`; a suspicion is not looked into in a hurry."""
        self.watcher.patient = patient
        answered = None if patient else self._answered
        return play_on_wire(self.endpoint, messages, self.watcher, answered, dialer=self._address.dialer, conduct=conduct)

    def fate(self, execution: Execution) -> Execution:
        """See `Way`."""
        if execution.ending in (Ending.CLOSED, Ending.GONE) and not self._address.is_alive():
            return replace(execution, ending=Ending.GONE)
        return execution

    def answers(self, probe: Sequence[bytes]) -> bool:
        """See `Way`."""
        return bool(self.say(probe).replies)

    def survives(self, execution: Execution) -> bool:
        """See `Way`; it has to be waited for."""
        return False

    def stop(self) -> None:
        """See `Way`."""

    def close(self) -> None:
        """See `Way`."""

"""What a worker is told to do, and what it reports: plain values that go through a pipe."""

from dataclasses import dataclass

from fuzzers.model import USUAL, Conduct
from fuzzers.pool import Grown
from fuzzers.states import Steps
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.executor import Judged, Novel, Suspect
from workbench.api import PluginError, TargetError, UsageError, WorkbenchError

__all__ = [
    "Broken",
    "CalibrateDone",
    "CalibrateOrder",
    "Done",
    "Order",
    "PlayDone",
    "PlayOrder",
    "Report",
    "SweepDone",
    "SweepOrder",
    "broken_by",
]


@dataclass(frozen=True, slots=True)
class SweepOrder:
    """Play cases `[start, stop)`, after the pool has taken in `news`."""

    start: int
    stop: int
    news: tuple[Grown, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """Play these messages, on a freshly started target if `fresh`."""

    messages: tuple[bytes, ...]
    conduct: Conduct = USUAL
    patient: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class SweepDone:
    """Cases `[start, stop)` were played; `dying` says that the worker ends after this report, `restarts` how many targets died on it."""

    start: int
    stop: int
    suspects: tuple[Suspect, ...]
    novel: tuple[Novel, ...] = ()
    restarts: int = 0
    dying: bool = False
    steps: Steps = ()


@dataclass(frozen=True, slots=True)
class PlayDone:
    """The answer to a `PlayOrder`."""

    judged: Judged
    restarts: int = 0
    dying: bool = False


@dataclass(frozen=True, slots=True)
class CalibrateOrder:
    """Find out how the target is best played on."""


@dataclass(frozen=True, slots=True)
class CalibrateDone:
    """The answer to a `CalibrateOrder`."""

    calibration: Calibration
    restarts: int = 0
    dying: bool = False


_DELIBERATE = {kind.__name__: kind for kind in (PluginError, TargetError, UsageError)}


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker could not go on: for a reason that the user is to hear (`kind` names the error's class), or by an error of this engine."""

    text: str
    kind: str = ""
    place: str = ""
    remedy: str = ""

    def error(self, case: int) -> Exception:
        """What the parent is to raise; `case` is the one that was being played."""
        if self.kind:
            return _DELIBERATE[self.kind](self.text, place=self.place or f"case {case}", remedy=self.remedy)
        return RuntimeError(f"a fuzz worker failed in case {case}:\n{self.text}")


def broken_by(error: WorkbenchError) -> Broken:
    """The report about a deliberate error."""
    kind = next((name for name, each in _DELIBERATE.items() if isinstance(error, each)), PluginError.__name__)
    return Broken(error.message, kind, error.place, error.remedy)


Order = SweepOrder | PlayOrder | CalibrateOrder
Done = SweepDone | PlayDone | CalibrateDone
Report = Done | Broken

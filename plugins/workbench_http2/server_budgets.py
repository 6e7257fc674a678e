"""How often a client may do what costs it little and us much: buckets that fill with time (RFC 9113 10.5).

One bucket for each kind of abuse that has a name of its own, so that the log can say which it was.
"""

from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_frames import ErrorCode

__all__ = ["ALLOWANCES", "Budgets"]

_SECOND = 1_000_000_000

ALLOWANCES = {
    "resets": (200, 20),
    "settings": (100, 10),
    "pings": (200, 20),
    "priorities": (500, 100),
    "empty frames": (200, 20),
    "stream errors": (200, 20),
}
"""(at once, per second). Resets: a browser that leaves a page cancels at most the 100 streams it may have. Settings change once or twice in
a connection's life. Pings come with round trips (tens a second). Browsers of the past sent a handful of PRIORITY frames per request. An
empty frame without END_STREAM says nothing. A client that errs all the time is not worth a stream each."""


class Budgets:
    """The buckets of one connection, full at its beginning. Time is what `tick` was told last."""

    def __init__(self) -> None:
        self._left = {name: float(burst) for name, (burst, _) in ALLOWANCES.items()}
        self._now_ns: int | None = None

    def tick(self, now_ns: int) -> None:
        """Time passes; monotonic nanoseconds."""
        if self._now_ns is not None:
            passed = (now_ns - self._now_ns) / _SECOND
            for name, (burst, rate) in ALLOWANCES.items():
                self._left[name] = min(float(burst), self._left[name] + passed * rate)
        self._now_ns = now_ns

    def spend(self, name: str) -> None:
        """Once more; raises ENHANCE_YOUR_CALM when the bucket is empty."""
        if self._left[name] < 1:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, f"too many {name}")
        self._left[name] -= 1

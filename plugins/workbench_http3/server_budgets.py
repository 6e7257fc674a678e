"""How often a client may do what costs it little and us more: buckets that fill with time (RFC 9114 10.5).

One bucket for each kind of abuse that has a name of its own, so that the log can say which it was.
"""

from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode

__all__ = ["ALLOWANCES", "Budgets"]

_SECOND = 1_000_000_000

ALLOWANCES = {
    "resets": (200, 20),
    "empty frames": (200, 20),
    "unknown frames": (200, 20),
    "unknown streams": (100, 10),
    "control frames": (200, 20),
    "stream errors": (200, 20),
    "datagrams": (2_000, 1_000),
}
"""(at once, per second). Resets: a browser that leaves a page cancels at most the hundred requests it may have. An empty frame says
nothing. Unknown frames and streams are grease: a few per connection. GOAWAY, MAX_PUSH_ID and priorities come a few times per page. A client
that errs all the time is not worth a stream each. Datagrams beyond are not answered, as if they had been lost."""


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

    def afford(self, name: str) -> bool:
        """Once more, unless the bucket is empty."""
        if self._left[name] < 1:
            return False
        self._left[name] -= 1
        return True

    def spend(self, name: str) -> None:
        """Once more; raises H3_EXCESSIVE_LOAD when the bucket is empty."""
        if not self.afford(name):
            raise ConnectionFault(ErrorCode.H3_EXCESSIVE_LOAD, f"too many {name}")

"""When to ask again, and how long to wait before: decisions only; the clients sleep."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from workbench_streambus.calls import Call
from workbench_streambus.log import RefusedError

__all__ = ["RetryPolicy", "may_repeat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with jitter; times in seconds."""

    attempts: int = 5
    """Tries altogether."""
    first: float = 0.05
    factor: float = 2.0
    longest: float = 2.0
    jitter: float = 0.5
    """Share of a pause that chance may take away, so that clients of a restarted server do not come back in step."""

    def pauses(self, random: Random) -> Iterator[float]:
        """The pauses between the tries: one less than `attempts`."""
        for attempt in range(self.attempts - 1):
            yield min(self.longest, self.first * self.factor**attempt) * (1 - self.jitter * random.random())


def may_repeat(call: Call[Any], error: Exception, *, sent: bool) -> bool:
    """Whether asking again is safe and may help (section 6.4).

    A request that never left is safe; one whose reply is missing only when it is repeatable; a refusal is final, except for a
    time-out, which the server reports instead of carrying out the request.
    """
    if isinstance(error, RefusedError):
        return error.code == "request_timeout"
    return isinstance(error, OSError) and (not sent or call.repeatable)

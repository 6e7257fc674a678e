"""Requests with their responses, and how long those took: pairs by `Message.exchange`, percentiles by protocol and label.

Streaming: feed messages in the order of their completion, ask for the summary whenever you like.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from workbench.analysis.histogram import Histogram
from workbench.api import Direction, Message

__all__ = ["KINDS", "OTHERS", "PERCENTILES", "Exchange", "Exchanges", "Latency"]

OUTSTANDING = 65_536
"""Requests of all flows that wait for their response; the oldest is given up. The same bound as a flow's `Limits.memory`."""

KINDS = 1_000
"""Different protocols and labels that are timed, and counted when nobody answers, apart: a label can come from the wire, and each may
cost some hundred kilobytes."""

OTHERS = "(further labels)"

PERCENTILES = (50, 90, 99, 99.9)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response. `latency_ns` runs from the last packet of the request to the last packet of the response."""

    protocol: str
    label: str
    stream: int
    request_packet: int
    response_packet: int
    request: str
    response: str
    latency_ns: int


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the exchanges with one label took, in nanoseconds; `unanswered` requests are counted, not timed."""

    protocol: str
    label: str
    count: int
    unanswered: int
    shortest_ns: int
    p50_ns: int
    p90_ns: int
    p99_ns: int
    p999_ns: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    label: str
    packet: int
    summary: str
    time_ns: int


class Exchanges:
    """Pairs messages as they come. With `passes`, only pairs of which at least one packet passes count."""

    def __init__(self, *, outstanding: int = OUTSTANDING, passes: Callable[[int], bool] | None = None) -> None:
        self._outstanding = outstanding
        self._passes = passes
        self._waiting: OrderedDict[tuple[str, int, tuple[str, ...], Hashable], _Waiting] = OrderedDict()
        self.latencies: dict[tuple[str, str], Histogram] = {}
        """How long answers took, by protocol and label of the request."""
        self._unanswered: dict[tuple[str, str], int] = {}

    def add(self, message: Message) -> Exchange | None:
        """Take the next message; the pair that it completes, if any."""
        if message.exchange is None:
            return None
        key = (message.protocol, message.stream, message.layer, message.exchange)
        if message.direction is Direction.TO_SERVER:
            self._wait(key, message)
            return None
        request = self._waiting.pop(key, None)
        if request is None or not self._counts(request.packet, message.packet):
            return None
        latency = message.time_ns - request.time_ns
        self._histogram(message.protocol, request.label).add(latency)
        return Exchange(
            message.protocol,
            request.label,
            message.stream,
            request.packet,
            message.packet,
            request.summary,
            message.summary,
            latency,
        )

    def pairs(self, messages: Iterable[Message]) -> Iterable[Exchange]:
        """All pairs among `messages`, in the order of their responses."""
        return (pair for pair in map(self.add, messages) if pair is not None)

    def summary(self) -> tuple[Latency, ...]:
        """One row for each protocol and label, slowest median first."""
        waiting: dict[tuple[str, str], int] = dict(self._unanswered)
        for (protocol, *_), request in self._waiting.items():
            if self._counts(request.packet):
                waiting[protocol, request.label] = waiting.get((protocol, request.label), 0) + 1
        rows = [
            _row(protocol, label, self.latencies.get((protocol, label), Histogram()), waiting.get((protocol, label), 0))
            for protocol, label in self.latencies.keys() | waiting.keys()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.p50_ns, row.protocol, row.label)))

    def _histogram(self, protocol: str, label: str) -> Histogram:
        key = protocol, label
        if key not in self.latencies and len(self.latencies) >= KINDS:
            key = protocol, OTHERS
        return self.latencies.setdefault(key, Histogram())

    def _wait(self, key: tuple[str, int, tuple[str, ...], Hashable], message: Message) -> None:
        # a key that is used again means that its first request will not be answered any more
        if key in self._waiting:
            self._give_up(key)
        self._waiting[key] = _Waiting(message.label, message.packet, message.summary, message.time_ns)
        while len(self._waiting) > self._outstanding:
            self._give_up(next(iter(self._waiting)))

    def _give_up(self, key: tuple[str, int, tuple[str, ...], Hashable]) -> None:
        request = self._waiting.pop(key)
        if self._counts(request.packet):
            lost = key[0], request.label
            if lost not in self._unanswered and len(self._unanswered) >= KINDS:
                lost = key[0], OTHERS
            self._unanswered[lost] = self._unanswered.get(lost, 0) + 1

    def _counts(self, *packets: int) -> bool:
        return self._passes is None or any(map(self._passes, packets))


def _row(protocol: str, label: str, times: Histogram, unanswered: int) -> Latency:
    p50, p90, p99, p999 = times.percentiles(PERCENTILES)
    return Latency(protocol, label, times.count, unanswered, times.shortest, p50, p90, p99, p999, times.longest)

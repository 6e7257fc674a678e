"""The demo's five steps, each a generator of events; what a step promises and does not keep becomes a failure, not an exception.

Printing is the command's, showing it live is the screens'.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from captures.live import can_capture
from workbench.api import WorkbenchError
from workbench.demo.exporting import export_and_read_back
from workbench.demo.fuzzing import fuzz_and_replay
from workbench.demo.stage import Stage, staged
from workbench.events import DemoDone, DemoEvent, DemoFact, DemoProgress, DemoStep
from workbench.registry import Registry
from workbench.session import Session
from workbench.watching import Watcher

__all__ = ["play"]

SHOWN = 6
"""Lines shown of a list that may be long: the summary has all of it."""

MOST_EXAMPLES = 4
"""Messages told while the traffic runs: enough to see that it is live."""


@dataclass(slots=True)
class _Play:
    """One performance: its options, and what it has to tell at the end."""

    registry: Registry
    folder: Path
    seed: int
    summary: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def fact(self, text: str, key: str = "", value: Any = None) -> DemoFact:
        """Tell something, and keep it for the summary."""
        if key:
            self.summary[key] = value
        return DemoFact(text, key, value)

    def check(self, holds: bool, failure: str) -> None:
        """What must hold, or else the demo failed."""
        if not holds:
            self.failures.append(failure)


def play(
    registry: Registry,
    folder: Path,
    *,
    seed: int = 1,
    may_capture: Callable[[], str] = can_capture,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[DemoEvent]:
    """Perform all steps in `folder`; ends with `DemoDone`, whatever happens. `seed` decides the traffic and the findings."""
    begun = clock()
    performance = _Play(registry, folder, seed)
    try:
        yield from _perform(performance, may_capture)
    except WorkbenchError as error:
        performance.failures.append(str(error))
    seconds = round(clock() - begun, 2)
    summary = {"ok": not performance.failures, "seed": seed, "seconds": seconds, **performance.summary}
    summary["failures"] = list(performance.failures)
    yield DemoFact(f"{seconds:.1f} s in total")
    yield DemoDone(not performance.failures, tuple(performance.failures), summary)


def _perform(performance: _Play, may_capture: Callable[[], str]) -> Generator[DemoEvent, None, None]:
    with ExitStack() as stack:
        yield DemoStep(1, "start the embedded reference servers on free loopback ports")
        stage = stack.enter_context(staged(performance.registry.specs, performance.folder, may_capture=may_capture))
        servers = {name: str(endpoint) for name, endpoint in stage.servers.items()}
        yield performance.fact(", ".join(f"{name} at {place}" for name, place in servers.items()), "servers", servers)
        session = stack.enter_context(Session.open(stage.path, performance.registry))
        watcher = Watcher(session)
        yield DemoStep(2, "drive them with real clients and watch the traffic live")
        yield performance.fact(
            f"watching by {stage.watcher}" + (f" ({stage.why})" if stage.why else ""), "watched_by", stage.watcher
        )
        yield from _drive(performance, stage, watcher)
        yield DemoStep(3, "what was seen")
        yield from _tell(performance, stage, watcher)
    yield DemoStep(4, "export the dissected capture to pcapng and read it back")
    for text, key, value, failure in export_and_read_back(performance.registry, stage, performance.folder):
        yield performance.fact(text, key, value)
        performance.check(not failure, failure)
    yield DemoStep(5, "fuzz the training servers, minimise what fails, replay it")
    yield from _fuzz(performance)


def _drive(performance: _Play, stage: Stage, watcher: Watcher) -> Iterator[DemoEvent]:
    done = dict.fromkeys(stage.servers, 0)
    during = 0
    for name, line in stage.drive(Random(performance.seed)):
        done[name] += 1
        seen = list(watcher.look())
        for message in seen if during < MOST_EXAMPLES else ():
            during += 1
            if during <= MOST_EXAMPLES:
                yield DemoFact(f"#{message.packet} {message.protocol}: {message.summary}")
        yield DemoProgress(f"{name}: {line} ({len(watcher.session):,} packets, {sum(watcher.messages.values()):,} messages)")
    live = sum(watcher.messages.values())
    stage.finish()
    for _ in watcher.finish():
        pass
    total = sum(watcher.messages.values())
    actions = ", ".join(f"{count} {name}" for name, count in done.items())
    yield performance.fact(
        f"{actions} actions; {live:,} of {total:,} messages were dissected while the clients were still at work"
    )
    performance.summary["live"] = {"actions": done, "messages_during": live}
    performance.check(live > 0, "no message was dissected while the traffic ran")


def _tell(performance: _Play, stage: Stage, watcher: Watcher) -> Iterator[DemoEvent]:
    index = watcher.session.capture.index
    yield performance.fact(f"{len(index):,} packets in {index.stream_count('tcp')} streams", "packets", len(index))
    performance.summary["streams"] = index.stream_count("tcp")
    dropped = sum(max(0, interface.dropped) for interface in watcher.session.capture.interfaces)
    counts = {name: {"messages": count, "with_errors": watcher.faulty[name]} for name, count in sorted(watcher.messages.items())}
    told = "; ".join(f"{name}: {each['messages']:,} messages, {each['with_errors']} with errors" for name, each in counts.items())
    yield performance.fact(told, "protocols", counts)
    performance.summary["dropped"] = dropped
    for name in stage.servers:
        performance.check(watcher.messages[name] > 0, f"no {name} message was recognised")
        performance.check(watcher.faulty[name] == 0 or dropped > 0, f"{watcher.faulty[name]} {name} messages have errors")
    rows = watcher.exchanges.summary()
    yield performance.fact(f"{sum(row.count for row in rows):,} requests were answered", "latency", [asdict(row) for row in rows])
    for row in rows[:SHOWN]:
        times = f"median {row.p50_ns / 1e6:.3f} ms, 99 % within {row.p99_ns / 1e6:.3f} ms"
        yield DemoFact(f"  {row.protocol} {row.label}: {row.count:,} answered, {row.unanswered} not; {times}")
    performance.check(any(row.count for row in rows), "no request found its response")
    remarks = watcher.remarks.summary()
    facts = [asdict(row) | {"severity": row.severity.name} for row in remarks]
    yield performance.fact(f"{sum(row.count for row in remarks):,} remarks of {len(remarks)} kinds", "remarks", facts)
    for remark in remarks[:SHOWN]:
        yield DemoFact(
            f"  {remark.severity.name} {remark.count}× {remark.protocol}: {remark.text} (first in packet {remark.first_packet})"
        )


def _fuzz(performance: _Play) -> Iterator[DemoEvent]:
    campaigns = []
    for spec in performance.registry.specs:
        if spec.training is None:
            continue
        for event in fuzz_and_replay(spec, performance.registry, performance.folder, performance.seed):
            if isinstance(event, dict):
                campaigns.append(event)
            else:
                yield event
    performance.summary["campaigns"] = campaigns
    findings = [finding for campaign in campaigns for finding in campaign["findings"]]
    reproduced = sum(finding["outcome"] == "FAILED" for finding in findings)
    yield performance.fact(
        f"{len(findings)} findings, {reproduced} reproduce from their folders alone", "findings", len(findings)
    )
    performance.summary["reproduced"] = reproduced
    performance.check(bool(findings), "the campaigns found nothing")
    performance.check(reproduced == len(findings), f"{len(findings) - reproduced} findings do not reproduce")

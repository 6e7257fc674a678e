"""Step five of the demo: a short campaign against a training server, and a replay of each finding from its folder alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzzers import Campaign, CampaignConfig, Ended, FindingFound, Progress, Started, TargetConfig, replay
from workbench.api import ProtocolSpec
from workbench.events import DemoFact, DemoProgress
from workbench.registry import Registry

__all__ = ["CASES", "FINDINGS", "fuzz_and_replay"]

CASES = 600
"""Enough for several of the planted faults, in a few seconds on a slow machine. A count, not a time: equal seeds find the same."""

FINDINGS = 2
"""The campaign ends early with so many: each is confirmed, minimised and replayed, which takes longer than finding it, for ten servers."""


def fuzz_and_replay(
    spec: ProtocolSpec, registry: Registry, folder: Path, seed: int
) -> Iterator[DemoFact | DemoProgress | dict[str, Any]]:
    """Events for people, then the campaign's facts for the summary."""
    directory = folder / f"campaign-{spec.name}"
    config = CampaignConfig(
        protocol=spec.name,
        directory=directory,
        seed=seed,
        target=TargetConfig(kind="training"),
        cases=CASES,
        stop_after=FINDINGS,
    )
    facts: dict[str, Any] = {"protocol": spec.name, "directory": str(directory), "findings": []}
    for event in Campaign(spec, config).run():
        match event:
            case Started():
                yield DemoFact(f"{event.target}, seed {event.seed}, {len(spec.faults)} planted faults")
            case Progress(stats):
                yield DemoProgress(f"{spec.name}: {stats.cases:,} cases, {stats.rate:,.0f}/s, {stats.findings} findings")
            case FindingFound(finding):
                sizes = f"{finding.original_messages} messages, {finding.original_bytes} bytes"
                yield DemoFact(f"  case {finding.case}: {finding.summary}; {sizes} → {len(finding.messages)}, {finding.size}")
            case Ended(reason, stats, findings):
                facts |= {"cases": stats.cases, "seconds": round(stats.seconds, 2), "ended_by": reason}
                facts |= {"corpus": stats.corpus, "edges": stats.edges, "transitions": stats.transitions}
                found = findings
                if reason == "interrupted":
                    raise KeyboardInterrupt  # the campaign has saved what it had; the demo ends here as in any other step
    yield DemoFact(
        f"  {facts['cases']:,} cases reached {facts['edges']:,} places of its code and {facts['transitions']} pairs of replies;"
        f" the corpus has {facts['corpus']} sessions"
    )
    for finding in found:
        done = replay(finding.folder, registry.specs)
        yield DemoFact(f"  replayed {finding.folder.name}: {done.outcome.value} {done.failures} of {done.times} times")
        facts["findings"].append(
            {
                "slug": finding.slug,
                "oracle": finding.oracle,
                "summary": finding.summary,
                "case": finding.case,
                "messages": [len(finding.messages), finding.original_messages],
                "bytes": [finding.size, finding.original_bytes],
                "folder": str(finding.folder),
                "outcome": done.outcome.value,
            }
        )
    yield facts

"""The report of a campaign from its directory alone, as text for people or as JSON for machines."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fuzzers.case_file import CASE_FILE
from fuzzers.curves import Point, curve_of
from fuzzers.escape import printable
from fuzzers.finding_folder import load_finding
from fuzzers.ledger import FINDINGS
from fuzzers.model import Finding
from fuzzers.state_graph import NOTHING_LEARNT, StateGraph, state_graph
from fuzzers.store import FILE_NAME, Store
from workbench.api import UsageError

__all__ = ["Report", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign at a glance. `hits` has, for each finding's slug, how many cases met it; `doubts` are suspicions that did not repeat, each
    with its first case and how often it was tried; `states` are those that the server was seen in, `curve` is how
    much was known after how many cases."""

    directory: Path
    protocol: str
    target: str
    seed: int
    cases: int
    seconds: float
    findings: tuple[Finding, ...]
    hits: dict[str, int]
    doubts: tuple[tuple[str, int, int], ...]
    states: StateGraph = NOTHING_LEARNT
    curve: tuple[Point, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "directory": str(self.directory),
            "protocol": self.protocol,
            "target": self.target,
            "seed": self.seed,
            "cases": self.cases,
            "seconds": round(self.seconds, 3),
            "findings": [
                {
                    "slug": finding.slug,
                    "oracle": finding.oracle,
                    "summary": finding.summary,
                    "fingerprint": finding.fingerprint,
                    "case": finding.case,
                    "hits": self.hits.get(finding.slug, 0),
                    "messages": len(finding.messages),
                    "bytes": finding.size,
                    "confirmed": finding.confirmed,
                    "folder": str(finding.folder),
                }
                for finding in self.findings
            ],
            "unconfirmed": [{"summary": text, "case": case, "tried": times} for text, case, times in self.doubts],
            "states": self.states.as_json(),
            "curve": [asdict(point) for point in self.curve],
        }

    def as_text(self) -> str:
        """A few lines for people; already free of control characters."""
        rate = self.cases / self.seconds if self.seconds else 0.0
        lines = [
            f"{self.protocol}: {self.target}, seed {self.seed}",
            f"{self.cases} cases in {self.seconds:.1f} s ({rate:.0f}/s), {len(self.findings)} findings",
        ]
        for finding in self.findings:
            lines.append(f"  {finding.slug}: {printable(finding.summary)}{'' if finding.confirmed else ' (not confirmed)'}")
            lines.append(
                f"    case {finding.case}, met {self.hits.get(finding.slug, 0)} times, "
                f"{finding.original_messages} → {len(finding.messages)} messages, "
                f"{finding.original_bytes} → {finding.size} bytes; {finding.folder}"
            )
        for text, case, times in self.doubts:
            lines.append(f"  not confirmed: {printable(text)} (case {case}, tried {times} times)")
        return "\n".join(lines) + "\n"


def report(directory: Path) -> Report:
    """Read the report of a campaign, running or not; raises `UsageError` where there is none."""
    if (directory / CASE_FILE).exists() and not (directory / FILE_NAME).exists():
        raise UsageError("this is a single finding", place=str(directory), remedy="Give the campaign's directory above it")
    store = Store.open(directory)
    try:
        meta = store.meta()
        cases, nanoseconds, _, _ = store.progress()
        known = store.findings()
        doubts = tuple(store.doubtful())
        curve = curve_of(store)
    finally:
        store.close()
    return Report(
        directory,
        str(meta["protocol"]),
        str(meta["described"]),
        int(meta["seed"]),
        cases,
        nanoseconds / 1e9,
        tuple(load_finding(directory / FINDINGS / each.slug) for each in known),
        {each.slug: each.hits for each in known},
        doubts,
        state_graph(directory),
        curve,
    )

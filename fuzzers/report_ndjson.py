"""A campaign as lines of JSON, each a fact with its `type`: for programs that read as they go, and for log collectors."""

import json
from collections.abc import Iterator
from typing import Any

from fuzzers.report import Report

__all__ = ["as_ndjson"]


def as_ndjson(report: Report) -> str:
    """One "campaign", then each "finding", "unconfirmed" suspicion, "point" of the curve, and the "states"."""
    return "".join(json.dumps(line) + "\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    facts = report.as_json()
    findings, doubts, points, states = (facts.pop(name) for name in ("findings", "unconfirmed", "curve", "states"))
    yield {"type": "campaign", **facts, "findings": len(findings)}
    yield from ({"type": "finding", **finding} for finding in findings)
    yield from ({"type": "unconfirmed", **doubt} for doubt in doubts)
    yield from ({"type": "point", **point} for point in points)
    yield {"type": "states", **states}

"""A run of checks for machines. The shape is documented in `as_json`; names in it stay."""

import json
from collections.abc import Iterator
from typing import Any

from workbench.api import Check
from workbench.conformance.events import Finished, Result
from workbench.conformance.transcript import Turn

__all__ = ["as_json", "check_facts", "transcript_lines"]


def as_json(protocol: str, target: str, finished: Finished) -> dict[str, Any]:
    """One JSON object.

    `protocol`, `target` (text), `conforms` (true when no MUST was broken and every check came to a verdict), `totals` (numbers by name, and
    `seconds`), and `checks`, a list in the order of the suite: `name`, `section`, `rule`, `level` ("MUST" or "SHOULD"), `verdict`
    ("passed", "failed", "skipped", "error" or "not run"), `detail`, `seconds`, `sent` and `received` (bytes), and for what did not pass
    `transcript`, a list of turns: `connection`, `kind` ("sent", "received", "finished", "closed", "reset" or "crashed"), `at_ns`, `size`
    and `data` (hex, shorter than `size` bytes where it was cut).
    """
    totals = finished.totals
    return {
        "protocol": protocol,
        "target": target,
        "conforms": totals.conforms,
        "totals": {
            "checks": totals.total,
            "passed": totals.passed,
            "failed": totals.breaches,
            "warnings": totals.warnings,
            "skipped": totals.skipped,
            "errors": totals.errors,
            "not_run": totals.not_run,
            "seconds": round(totals.duration_ns / 1e9, 6),
        },
        "checks": [_result(result) for result in finished.results],
    }


def check_facts(check: Check) -> dict[str, Any]:
    """What a check says about itself."""
    return {"name": check.name, "section": check.section, "rule": check.rule, "level": check.level.value}


def transcript_lines(finished: Finished) -> Iterator[str]:
    """Everything that went over the wire, one JSON object for each turn, with the name of its check."""
    for result in finished.results:
        for turn in result.transcript:
            yield json.dumps({"check": result.check.name} | _turn(turn))


def _result(result: Result) -> dict[str, Any]:
    facts = check_facts(result.check) | {
        "verdict": result.verdict.value,
        "detail": result.detail,
        "seconds": round(result.duration_ns / 1e9, 6),
        "sent": result.sent,
        "received": result.received,
    }
    return facts if result.verdict.value == "passed" else facts | {"transcript": [_turn(turn) for turn in result.transcript]}


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "connection": turn.connection,
        "kind": turn.kind,
        "at_ns": turn.at_ns,
        "size": turn.size,
        "data": turn.data.hex(),
    }

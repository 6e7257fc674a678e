"""A campaign as SARIF 2.1.0 (OASIS), which code hosts show beside the code: a rule for each oracle, a result for each finding, located at
the script that reproduces it."""

import importlib.metadata
import json
from typing import Any
from urllib.parse import quote

from fuzzers.escape import printable
from fuzzers.ledger import FINDINGS
from fuzzers.model import Finding
from fuzzers.report import Report
from fuzzers.report_page import MEANING

__all__ = ["as_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_GRAVE = ("crash", "hang", "leak")
"""What makes a server fall over or tell secrets is an error, what it says wrongly a warning (section 3.27.10)."""


def as_sarif(report: Report) -> str:
    """The document, paths relative to the campaign's folder (`uriBaseId` CAMPAIGN)."""
    oracles = sorted(MEANING)
    run = {
        "tool": {
            "driver": {
                "name": "Protocol Workbench",
                "semanticVersion": importlib.metadata.version("protocol-workbench"),
                "rules": [{"id": oracle, "shortDescription": {"text": MEANING[oracle]}} for oracle in oracles],
            }
        },
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"fuzz/{report.protocol}/{report.seed}"},
        "properties": {"target": report.target, "seed": report.seed, "cases": report.cases, "seconds": round(report.seconds, 3)},
        "results": [_result(report, finding, oracles.index(finding.oracle)) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(report: Report, finding: Finding, rule: int) -> dict[str, Any]:
    summary = printable(finding.summary)  # viewers show it on terminals
    script = f"{FINDINGS}/{quote(finding.slug)}/repro.py"
    return {
        "ruleId": finding.oracle,
        "ruleIndex": rule,
        "level": "error" if finding.oracle in _GRAVE else "warning",
        "message": {"text": summary if finding.confirmed else f"(not confirmed) {summary}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": script, "uriBaseId": "CAMPAIGN"}}}],
        "partialFingerprints": {"workbenchFinding/v1": finding.fingerprint},
        "occurrenceCount": max(1, report.hits.get(finding.slug, 0)),
        "properties": {
            "case": finding.case,
            "confirmed": finding.confirmed,
            "messages": len(finding.messages),
            "bytes": finding.size,
        },
    }

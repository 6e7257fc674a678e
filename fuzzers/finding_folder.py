"""A finding on disk: everything that is needed to look at it, replay it and shrink it further, without the campaign.

case.json       the facts, with the target's command and environment      repro.py        plays it, standard library only
messages/       the minimised case, raw                                    test_repro.py   a regression test for pytest
traffic.pcapng  the same as packets, the mutated fields in their options   report.md       for people
sanitizer.log   what a sanitizer said (target.log: other last words)
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from fuzzers.case_file import CASE_FILE, CaseFile, read_case
from fuzzers.evidence import pattern_of
from fuzzers.model import Finding, Mutation
from fuzzers.report_page import finding_page
from fuzzers.scripts import regression_test, reproducer
from fuzzers.targets.executor import Judged
from fuzzers.traffic import write_traffic
from workbench.api import ProtocolSpec

__all__ = ["load_finding", "write_finding"]

_INIT = '"""Keeps the test_repro.py of several findings apart for pytest."""\n'


def write_finding(folder: Path, spec: ProtocolSpec, case: CaseFile, seen: Sequence[Judged], probe: Sequence[bytes]) -> Finding:
    """Write (or replace) a finding's folder: all of it or, whatever happens meanwhile, nothing. `seen` is what several executions of the
    case showed (one at least), `probe` an ordinary message that a healthy server answers."""
    execution = seen[0].execution
    evidence = pattern_of([each.verdict.evidence for each in seen if each.verdict is not None])
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "messages").mkdir(parents=True)
    for number, raw in enumerate(case.messages):
        (draft / "messages" / f"{number:03}.raw").write_bytes(raw)
    finding = _finding(folder, case)
    texts = {
        CASE_FILE: json.dumps(case.as_json(), indent=1) + "\n",
        "repro.py": reproducer(spec, case, evidence, probe, secret=execution.secret),
        "test_repro.py": regression_test(folder.name, case),
        "__init__.py": _INIT,
        "report.md": finding_page(spec, case.mutations, case.detail, finding, execution, case.plugins, case.conduct),
    }
    if case.detail:
        texts["sanitizer.log" if "Sanitizer: " in case.detail else "target.log"] = case.detail.rstrip("\n") + "\n"
    for name, text in texts.items():
        (draft / name).write_text(text, encoding="utf-8")
    (draft / "repro.py").chmod(0o755)
    write_traffic(draft / "traffic.pcapng", spec, execution, f"{case.oracle}: {case.summary}", _placed(case))
    _replace(draft, folder)
    return finding


def _finding(folder: Path, case: CaseFile) -> Finding:
    return Finding(
        folder.name,
        case.oracle,
        case.summary,
        case.fingerprint,
        case.case,
        folder,
        case.messages,
        len(case.original),
        sum(map(len, case.original)),
        case.confirmed,
    )


def load_finding(folder: Path) -> Finding:
    """A finding from its folder; raises `UsageError` when it is none."""
    return _finding(folder, read_case(folder))


def _replace(draft: Path, folder: Path) -> None:
    if folder.exists():
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old)
    else:
        draft.rename(folder)


def _placed(case: CaseFile) -> list[tuple[int, Mutation]]:
    """Which message of the minimised case each mutation concerns, as far as that message was kept."""
    return [(case.kept.index(each.message), each) for each in case.mutations if each.message in case.kept]

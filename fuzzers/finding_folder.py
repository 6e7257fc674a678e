"""A finding on disk: everything that is needed to look at it, replay it and shrink it further, without the campaign.

case.json      the facts (format below)            replay.py      standard library only
messages/      the minimised case, raw             report.md      for people
traffic.pcapng the same as packets
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzers import replay_by_workbench, replay_script
from fuzzers.model import Execution, Finding, Mutation, Verdict
from fuzzers.report_page import finding_page, plugin_words
from fuzzers.targets.config import TargetConfig
from fuzzers.traffic import write_traffic
from workbench.api import ProtocolSpec, UsageError

__all__ = ["CASE_FILE", "CaseFile", "load_finding", "read_case", "write_finding"]

CASE_FILE = "case.json"
_DAMAGED = "The file was changed or damaged; restore it, or let the campaign find it again"
FORMAT = 1
_ORACLES = frozenset({"crash", "hang", "hangup", "reply", "exchange", "state", "leak"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """The content of `case.json`.

    `original` are the messages before they were minimised; `kept[i]` says which of them `messages[i]` was made from. `mutations` made the
    original out of the seed called `origin`. `plugins` are the files that were loaded for the campaign with --plugin.
    """

    protocol: str
    campaign_seed: int
    case: int
    origin: str
    oracle: str
    summary: str
    fingerprint: str
    detail: str
    confirmed: bool
    target: TargetConfig
    messages: tuple[bytes, ...] = field(repr=False)
    original: tuple[bytes, ...] = field(repr=False)
    kept: tuple[int, ...]
    mutations: tuple[Mutation, ...] = ()
    plugins: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Bytes as hex; see `from_json`."""
        return {
            "format": FORMAT,
            "protocol": self.protocol,
            "campaign_seed": self.campaign_seed,
            "case": self.case,
            "origin": self.origin,
            "oracle": self.oracle,
            "summary": self.summary,
            "fingerprint": self.fingerprint,
            "detail": self.detail,
            "confirmed": self.confirmed,
            "target": self.target.as_json(),
            "messages": [raw.hex() for raw in self.messages],
            "original": [raw.hex() for raw in self.original],
            "kept": list(self.kept),
            "mutations": [
                {"kind": each.kind, "message": each.message, "path": each.path, "before": each.before, "after": each.after}
                for each in self.mutations
            ],
            "plugins": list(self.plugins),
        }

    @staticmethod
    def from_json(data: dict[str, Any], allow_host: str = "") -> "CaseFile":
        """The inverse of `as_json`; raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']!r} is not {FORMAT}")
        case = CaseFile(
            protocol=str(data["protocol"]),
            campaign_seed=int(data["campaign_seed"]),
            case=int(data["case"]),
            origin=str(data["origin"]),
            oracle=str(data["oracle"]),
            summary=str(data["summary"]),
            fingerprint=str(data["fingerprint"]),
            detail=str(data["detail"]),
            confirmed=bool(data["confirmed"]),
            target=TargetConfig.from_json(data["target"], allow_host),
            messages=tuple(bytes.fromhex(raw) for raw in data["messages"]),
            original=tuple(bytes.fromhex(raw) for raw in data["original"]),
            kept=tuple(int(place) for place in data["kept"]),
            mutations=tuple(Mutation(**each) for each in data["mutations"]),
            plugins=tuple(str(file) for file in data.get("plugins", ())),
        )
        case._check()
        return case

    def _check(self) -> None:
        """Raise `ValueError` for what a replay would take for a defect that is gone."""
        for name, messages in (("messages", self.messages), ("original", self.original)):
            if not messages or not all(messages):
                raise ValueError(f"{name} must hold messages, none of them empty")
        if self.oracle not in _ORACLES:
            raise ValueError(f"there is no oracle {self.oracle!r}")
        if not self.fingerprint or self.fingerprint.partition(":")[0] != self.oracle:
            raise ValueError(f"the fingerprint is none of {self.oracle!r}")


def read_case(folder: Path, allow_host: str = "") -> CaseFile:
    """The case of a finding folder; raises `UsageError` when it is none."""
    path = folder / CASE_FILE
    try:
        return CaseFile.from_json(json.loads(path.read_text(encoding="utf-8")), allow_host)
    except FileNotFoundError as error:
        raise UsageError("this is not the folder of a finding", place=str(folder), remedy=f"It must hold {CASE_FILE}") from error
    except KeyError as error:
        raise UsageError(f"the case lacks {error}", place=str(path), remedy=_DAMAGED) from error
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"the case cannot be read ({error})", place=str(path), remedy=_DAMAGED) from error


def write_finding(
    folder: Path, spec: ProtocolSpec, case: CaseFile, verdict: Verdict, execution: Execution, probe: Sequence[bytes]
) -> Finding:
    """Write (or replace) a finding's folder: all of it or, whatever happens meanwhile, nothing."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "messages").mkdir(parents=True)
    for number, raw in enumerate(case.messages):
        (draft / "messages" / f"{number:03}.raw").write_bytes(raw)
    (draft / CASE_FILE).write_text(json.dumps(case.as_json(), indent=1) + "\n", encoding="utf-8")
    script = draft / "replay.py"
    script.write_text(_script(spec, case, verdict, execution, probe), encoding="utf-8")
    script.chmod(0o755)
    comment = f"{case.oracle}: {case.summary}"
    write_traffic(draft / "traffic.pcapng", spec, execution, comment, _placed(case))
    finding = _finding(folder, case)
    (draft / "report.md").write_text(
        finding_page(spec, case.mutations, case.detail, finding, execution, case.plugins), encoding="utf-8"
    )
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


def _script(spec: ProtocolSpec, case: CaseFile, verdict: Verdict, execution: Execution, probe: Sequence[bytes]) -> str:
    if spec.wire != "tcp":
        return _filled(replay_by_workbench.__file__, "OPTIONS: list[str] = []", repr(plugin_words(case.plugins)))
    secret = spec.hints.secret if execution.secret and case.oracle == "leak" else None
    evidence = secret.token if secret is not None else verdict.evidence
    facts = {
        "summary": case.summary,
        "oracle": case.oracle,
        "messages": [raw.hex() for raw in case.messages],
        "secret": [raw.hex() for raw in secret.session.messages] if secret is not None else [],
        "evidence": evidence.hex(),
        "probe": [raw.hex() for raw in probe],
        "command": list(case.target.command),
        "port": case.target.port,
        "start": _start_command(case),
    }
    return _filled(replay_script.__file__, 'CASE = json.loads(r"""{}""")', f'json.loads(r"""{json.dumps(facts, indent=1)}""")')


def _filled(template: str, place: str, value: str) -> str:
    """A script's source with a value where it has an empty one."""
    source = Path(template).read_text(encoding="utf-8")
    head, marker, tail = source.partition(place)
    assert marker, "the template has no such place"
    return head + place.partition("= ")[0] + "= " + value + tail


def _start_command(case: CaseFile) -> list[str]:
    if case.target.in_process:
        training = ["--training"] if case.target.kind == "training" else []
        return [
            "workbench",
            "serve",
            case.protocol,
            *training,
            "--abort-on-crash",
            "--port",
            "{port}",
            *plugin_words(case.plugins),
        ]
    return list(case.target.command)

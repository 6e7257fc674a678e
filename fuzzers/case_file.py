"""`case.json`: the facts of one finding, and how they are read back from a file that anybody may have edited."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzers.model import USUAL, Conduct, Mutation
from fuzzers.report_page import MEANING
from fuzzers.targets.config import TargetConfig
from workbench.api import UsageError

__all__ = ["CASE_FILE", "CaseFile", "read_case"]

CASE_FILE = "case.json"
FORMAT = 1
_DAMAGED = "The file was changed or damaged; restore it, or let the campaign find it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """The content of `case.json`.

    `original` are the messages before they were minimised; `kept[i]` says which of them `messages[i]` was made from. `mutations` made the
    original out of the seed called `origin`. `conduct` is how the minimised case is performed, `original_conduct` how it
    was as found. `plugins` are the files that were loaded for the campaign with --plugin, `made_with` names programs and their versions.
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
    conduct: Conduct = USUAL
    original_conduct: Conduct = USUAL
    made_with: tuple[str, ...] = ()

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
            "conduct": self.conduct.as_json(),
            "original_conduct": self.original_conduct.as_json(),
            "made_with": list(self.made_with),
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
            conduct=Conduct.from_json(data.get("conduct", {}), len(data["messages"])),
            original_conduct=Conduct.from_json(data.get("original_conduct", {}), len(data["original"])),
            made_with=tuple(str(each) for each in data.get("made_with", ())),
        )
        case._check()
        return case

    def _check(self) -> None:
        """Raise `ValueError` for what a replay would take for a defect that is gone."""
        for name, messages in (("messages", self.messages), ("original", self.original)):
            if not messages or not all(messages):
                raise ValueError(f"{name} must hold messages, none of them empty")
        if self.oracle not in MEANING:
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

"""Our messages against what tshark 4.0 says about the foreign captures: what each protocol's `test_…_against_tshark.py` stands on.

Compared are (packet, field, value) triples of the fields that a topic names. A disagreement that stands has a row in
`tests/interop/explained/TOPIC.tsv` (file, packet or *, field or *, reason); a row that explains nothing is wrong, too. Packets that tshark
itself calls malformed are left out.
"""

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.decode_as import parse_decode_as
from dissectors.paths import flatten
from dissectors.secrets import SecretStore
from support.shared import ROOT
from workbench import registry

FOLDER = ROOT.parent / "shared" / "captures"
EXPLAINED = ROOT / "tests" / "interop" / "explained"

needs_captures = pytest.mark.skipif(
    not (FOLDER / "INDEX.tsv").exists(), reason="the foreign captures (../shared/captures) are not on this machine"
)

Triple = tuple[int, str, str]
Row = dict[str, str]
Spelling = Callable[[Any], str]


def rows(path: Path) -> list[Row]:
    """The rows of a tab-separated file, each by the names in its first line; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def plain(value: Any) -> str:
    """One spelling for a value: integers and truth in decimal, bytes as bare lower-case hex, the rest as text."""
    if isinstance(value, bool):
        return str(int(value))
    text = str(value)
    if text in ("True", "False"):
        return str(int(text == "True"))
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return str(int(text, 16))
    if re.fullmatch(r"([0-9a-fA-F]{2}:)+[0-9a-fA-F]{2}", text):
        return text.replace(":", "").lower()
    if re.fullmatch(r"\d+\.\d+", text):
        return text.rstrip("0").rstrip(".")
    return text


@dataclass(frozen=True, slots=True)
class Comparison:
    """One capture, both opinions."""

    name: str
    theirs: Counter[Triple]
    ours: Counter[Triple]
    reasons: tuple[Row, ...]

    @property
    def different(self) -> Counter[Triple]:
        """What only one of the two says."""
        return (self.theirs - self.ours) + (self.ours - self.theirs)

    @property
    def unexplained(self) -> list[Triple]:
        """Disagreements without a reason."""
        return sorted(triple for triple in self.different if not any(_explains(row, triple) for row in self.reasons))

    @property
    def idle(self) -> list[Row]:
        """Reasons that nothing needs."""
        return [row for row in self.reasons if not any(_explains(row, triple) for triple in self.different)]


@dataclass(frozen=True, slots=True)
class Topic:
    """A folder of captures and the fields to compare there; `name` is that of the topic in `INDEX.tsv` and of the reasons' file."""

    name: str
    fields: tuple[str, ...]
    spell: Spelling = plain

    def files(self) -> list[str]:
        """The captures for which tshark's answer is known; none on a machine without them."""
        return [name for name in self._index() if _oracle(name).exists()]

    def reasons(self) -> list[Row]:
        """All rows of this topic's table of disagreements."""
        return rows(EXPLAINED / f"{self.name}.tsv")

    def compare(self, name: str) -> Comparison:
        """Dissect one capture, with its keys and decode-as rules where the index names some."""
        theirs, malformed = self._theirs(name)
        reasons = tuple(row for row in self.reasons() if row["file"] == name)
        return Comparison(name, theirs, self._ours(self._index()[name], malformed), reasons)

    def _index(self) -> dict[str, Row]:
        return {row["file"]: row for row in rows(FOLDER / "INDEX.tsv") if row["topic"] == self.name}

    def _theirs(self, name: str) -> tuple[Counter[Triple], set[int]]:
        found: Counter[Triple] = Counter()
        malformed = set()
        with gzip.open(_oracle(name), "rt", encoding="utf-8") as lines:
            for packet in map(json.loads, lines):
                number = int(packet["frame.number"][0])
                if "_ws.malformed" in packet:
                    malformed.add(number)
                    continue
                found.update((number, field, self.spell(value)) for field in self.fields for value in packet.get(field, []))
        return found, malformed

    def _ours(self, row: Row, malformed: set[int]) -> Counter[Triple]:
        found: Counter[Triple] = Counter()
        specs = registry.load().specs
        rules = [parse_decode_as(rule, specs) for rule in re.split(r"[; ]+", row["decode_as"] or "") if rule]
        with open_capture(FOLDER / row["file"]) as capture:
            keys = [(FOLDER / row["keys"]).read_bytes()] if row["keys"] else []
            secrets = SecretStore(lambda: [*capture.secrets, *keys])
            for message in dissect(capture, specs, decode_as=rules, secrets=secrets):
                if message.packet in malformed:
                    continue
                for field, value in flatten(message).items():
                    if field in self.fields:
                        values = value if isinstance(value, list) else [value]
                        found.update((message.packet, field, self.spell(one)) for one in values)
        return found


def _oracle(name: str) -> Path:
    return FOLDER / "oracle" / f"{name}.packets.jsonl.gz"


def _explains(row: Row, triple: Triple) -> bool:
    return row["packet"] in ("*", str(triple[0])) and row["field"] in ("*", triple[1])


def all_reasons_are_sentences(topic: Topic) -> None:
    """Fails where a reason is no sentence, or names neither a rule nor a limit of tshark."""
    for row in topic.reasons():
        assert row["reason"].count(" ") > 8, row
        assert any(word in row["reason"] for word in ("RFC", "tshark")), row

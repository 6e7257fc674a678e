"""HTTP/1 messages against what tshark 4.0 says about the same captures: method, target, version, status, phrase, and the packet.

`explained/http1.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from captures import open_capture
from dissectors import dissect
from dissectors.paths import flatten
from support.shared import ROOT
from workbench import registry

FOLDER = ROOT.parent / "shared" / "captures"
EXPLAINED = Path(__file__).parent / "explained" / "http1.tsv"
FIELDS = (
    "http.request.method",
    "http.request.uri",
    "http.request.version",
    "http.response.version",
    "http.response.code",
    "http.response.phrase",
)
Triple = tuple[int, str, str]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def files() -> list[str]:
    index = FOLDER / "INDEX.tsv"
    names = [row["file"] for row in rows(index) if row["topic"] == "http1"] if index.exists() else []
    return [name for name in names if oracle(name).exists()]


def oracle(name: str) -> Path:
    return FOLDER / "oracle" / f"{name}.packets.jsonl.gz"


def theirs(name: str) -> tuple[Counter[Triple], set[int]]:
    """tshark's triples, and the packets it could not make sense of."""
    found: Counter[Triple] = Counter()
    malformed = set()
    with gzip.open(oracle(name), "rt", encoding="utf-8") as lines:
        for packet in map(json.loads, lines):
            number = int(packet["frame.number"][0])
            if "_ws.malformed" in packet:
                malformed.add(number)
                continue
            found.update((number, field, value) for field in FIELDS for value in packet.get(field, []))
    return found, malformed


def ours(name: str, malformed: set[int]) -> Counter[Triple]:
    found: Counter[Triple] = Counter()
    with open_capture(FOLDER / name) as capture:
        for message in dissect(capture, registry.load().specs):
            if message.packet in malformed:
                continue
            for field, value in flatten(message).items():
                if field in FIELDS:
                    found.update((message.packet, field, str(one)) for one in (value if isinstance(value, list) else [value]))
    return found


def explains(row: dict[str, str], triple: Triple) -> bool:
    return row["packet"] in ("*", str(triple[0])) and row["field"] in ("*", triple[1])


@pytest.mark.skipif(not files(), reason="the foreign captures (../shared/captures) are not on this machine")
@pytest.mark.parametrize("name", files())
def test_same_messages_on_the_same_packets(name):
    expected, malformed = theirs(name)
    found = ours(name, malformed)
    different = (expected - found) + (found - expected)
    reasons = [row for row in rows(EXPLAINED) if row["file"] == name]
    unexplained = [triple for triple in different if not any(explains(row, triple) for row in reasons)]
    assert sorted(unexplained) == []
    idle = [row for row in reasons if not any(explains(row, triple) for triple in different)]
    assert idle == []


@pytest.mark.skipif(not files(), reason="the foreign captures (../shared/captures) are not on this machine")
def test_at_least_99_percent_of_tsharks_messages_are_ours():
    """Counted by messages that tshark reports: all of their fields are ours, on the same packet."""
    agreed = total = 0
    for name in files():
        expected, malformed = theirs(name)
        missing = {triple[0] for triple in expected - ours(name, malformed)}
        messages = [triple[0] for triple in expected.elements() if triple[1] in ("http.request.method", "http.response.version")]
        total += len(messages)
        agreed += sum(packet not in missing for packet in messages)
    assert total > 2000
    assert agreed / total >= 0.99


def test_every_reason_is_a_sentence_with_its_rule():
    for row in rows(EXPLAINED):
        assert row["reason"].count(" ") > 8, row
        assert any(word in row["reason"] for word in ("RFC", "tshark")), row

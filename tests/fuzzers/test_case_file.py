import json
from dataclasses import replace

import pytest

from fuzzers.case_file import CaseFile, read_case
from fuzzers.model import Conduct, Parting
from support.cases import CASE
from workbench.api import UsageError


def test_a_case_survives_its_file():
    assert CaseFile.from_json(json.loads(json.dumps(CASE.as_json()))) == CASE


def test_how_it_is_performed_survives_as_well():
    conduct = Conduct.of([0, 1], [Parting.RESET, Parting.ABANDON])
    case = replace(
        CASE, conduct=conduct, original_conduct=Conduct.of([0, 1, 0], [Parting.HALF_CLOSE]), made_with=("workbench 1",)
    )
    assert CaseFile.from_json(json.loads(json.dumps(case.as_json()))) == case


@pytest.mark.parametrize(
    "change",
    [
        {"messages": []},
        {"messages": ["ff", ""]},
        {"original": []},
        {"oracle": "nosuch"},
        {"fingerprint": ""},
        {"target": []},
        {"messages": 5},
        {"conduct": {"lanes": [0]}},
        {"conduct": {"lanes": [0, -1]}},
        {"conduct": {"partings": ["slam"]}},
    ],
)
def test_a_damaged_case_is_refused(tmp_path, change):
    (tmp_path / "case.json").write_text(json.dumps(CASE.as_json() | change))
    with pytest.raises(UsageError, match="case cannot be read"):
        read_case(tmp_path)


def test_a_case_without_one_of_its_facts_says_which(tmp_path):
    facts = CASE.as_json()
    del facts["protocol"]
    (tmp_path / "case.json").write_text(json.dumps(facts))
    with pytest.raises(UsageError, match="lacks 'protocol'"):
        read_case(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, None, "", "[]", "{}", '{"format": 99}', '{"format": 1, "protocol": "x"}'])
def test_what_is_no_finding(tmp_path, text):
    if text is not None:
        (tmp_path / "case.json").write_text(text)
    with pytest.raises(UsageError):
        read_case(tmp_path)

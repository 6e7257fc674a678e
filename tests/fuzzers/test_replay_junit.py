from pathlib import Path
from xml.etree import ElementTree as ET

from fuzzers.replay_junit import as_junit
from fuzzers.replaying import Replay
from fuzzers.reproduce import Outcome
from support.told import NASTY
from workbench.api import TargetError


def shown(outcome: Outcome, failures: int) -> Replay:
    return Replay(Path("findings/x"), outcome, NASTY, failures, failures, 3, (f"crash: {NASTY}",) * 3)


def test_each_outcome_has_its_element():
    results = [
        ("fixed", shown(Outcome.FIXED, 0)),
        ("failed", shown(Outcome.FAILED, 3)),
        ("flaky", shown(Outcome.FLAKY, 1)),
        ("untried", TargetError("it is gone", place="here")),
    ]
    text = as_junit(results)
    (suite,) = ET.fromstring(text)
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "2",
        "errors": "1",
        "skipped": "0",
    }
    assert [[(child.tag, child.get("type")) for child in case] for case in suite] == [
        [],
        [("failure", "FAILED")],
        [("failure", "FLAKY")],
        [("error", "TargetError")],
    ]
    assert suite[1][0].get("message").startswith("FAILED, 3 of 3: evil <script>")
    assert "\x1b" not in text


def test_nothing_to_replay():
    (suite,) = ET.fromstring(as_junit([]))
    assert (suite.get("tests"), list(suite)) == ("0", [])

import json
from dataclasses import replace

import pytest

from fuzzers.finding_folder import CaseFile, load_finding, read_case, write_finding
from fuzzers.model import Ending, Execution, Mutation, Verdict
from fuzzers.targets.config import TargetConfig
from support.tiny import TINY, TOKEN, packet
from workbench.api import Direction, UsageError

CASE = CaseFile(
    protocol="tiny",
    campaign_seed=5,
    case=12,
    origin="talk",
    oracle="crash",
    summary="IndexError in tiny",
    fingerprint="crash:IndexError:tiny",
    detail="Traceback …",
    confirmed=True,
    target=TargetConfig(kind="training", memory=1 << 26),
    messages=(packet(0, 100), b"\xff"),
    original=(b"a", packet(3, 100, (1,)), b"\xffmore"),
    kept=(1, 2),
    mutations=(Mutation("value.enum.rebuilt", 1, "kind", "'echo'", "100"), Mutation("bytes.flip", 0, "[0:1]", "b", "a")),
)
VERDICT = Verdict("crash", CASE.summary, CASE.fingerprint, CASE.detail)
EXECUTION = Execution(tuple((Direction.TO_SERVER, raw) for raw in CASE.messages), Ending.CRASHED)


def test_a_case_survives_its_file():
    assert CaseFile.from_json(json.loads(json.dumps(CASE.as_json()))) == CASE


def test_the_folder_holds_everything(tmp_path):
    finding = write_finding(tmp_path / "crash-1", TINY, CASE, VERDICT, EXECUTION, ())
    names = {str(path.relative_to(finding.folder)) for path in finding.folder.rglob("*")}
    assert names == {
        "case.json", "messages", "messages/000.raw", "messages/001.raw", "replay.py", "report.md", "traffic.pcapng",
    }  # fmt: skip
    assert (finding.folder / "messages" / "001.raw").read_bytes() == b"\xff"
    assert read_case(finding.folder) == CASE
    assert load_finding(finding.folder) == finding
    assert (finding.original_messages, finding.original_bytes) == (3, sum(map(len, CASE.original)))


def test_writing_again_replaces_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "crash-1"
    write_finding(folder, TINY, CASE, VERDICT, EXECUTION, ())
    smaller = replace(CASE, messages=(b"\xff",), kept=(2,))
    write_finding(folder, TINY, smaller, VERDICT, EXECUTION, ())
    assert read_case(folder).messages == (b"\xff",)
    assert [path.name for path in tmp_path.iterdir()] == ["crash-1"]


def test_only_a_leak_takes_the_secret_session_along(tmp_path):
    crash = write_finding(tmp_path / "a", TINY, CASE, VERDICT, replace(EXECUTION, secret=True), ())
    leak = write_finding(tmp_path / "b", TINY, replace(CASE, oracle="leak"), VERDICT, replace(EXECUTION, secret=True), ())
    assert TOKEN.hex() not in (crash.folder / "replay.py").read_text()
    assert TOKEN.hex() in (leak.folder / "replay.py").read_text()


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


def test_a_plugin_file_is_named_wherever_it_is_needed(tmp_path):
    case = replace(CASE, plugins=("/x/my ledger.py",))
    finding = write_finding(tmp_path / "crash-1", TINY, case, VERDICT, EXECUTION, ())
    assert read_case(finding.folder).plugins == case.plugins
    assert "workbench replay . --plugin '/x/my ledger.py'" in (finding.folder / "report.md").read_text()
    assert '"--plugin",\n  "/x/my ledger.py"' in (finding.folder / "replay.py").read_text()

from dataclasses import replace

from fuzzers.case_file import read_case
from fuzzers.finding_folder import load_finding, write_finding
from fuzzers.model import Ending, Execution, Verdict
from fuzzers.targets.executor import Judged
from support.cases import CASE
from support.tiny import TINY, TOKEN
from workbench.api import Direction

VERDICT = Verdict("crash", CASE.summary, CASE.fingerprint, CASE.detail)
EXECUTION = Execution(tuple((Direction.TO_SERVER, raw) for raw in CASE.messages), Ending.CRASHED)
SEEN = (Judged(EXECUTION, VERDICT),)
SECRET = (Judged(replace(EXECUTION, secret=True), VERDICT),)


def test_the_folder_holds_everything(tmp_path):
    finding = write_finding(tmp_path / "crash-1", TINY, CASE, SEEN, ())
    names = {str(path.relative_to(finding.folder)) for path in finding.folder.rglob("*")}
    assert names == {
        "case.json", "messages", "messages/000.raw", "messages/001.raw", "report.md", "repro.py", "target.log", "test_repro.py",
        "traffic.pcapng", "__init__.py",
    }  # fmt: skip
    assert (finding.folder / "messages" / "001.raw").read_bytes() == b"\xff"
    assert read_case(finding.folder) == CASE
    assert load_finding(finding.folder) == finding
    assert (finding.original_messages, finding.original_bytes) == (3, sum(map(len, CASE.original)))


def test_writing_again_replaces_and_leaves_nothing_behind(tmp_path):
    folder = tmp_path / "crash-1"
    write_finding(folder, TINY, CASE, SEEN, ())
    smaller = replace(CASE, messages=(b"\xff",), kept=(2,))
    write_finding(folder, TINY, smaller, SEEN, ())
    assert read_case(folder).messages == (b"\xff",)
    assert [path.name for path in tmp_path.iterdir()] == ["crash-1"]


def test_only_a_leak_takes_the_secret_session_along(tmp_path):
    crash = write_finding(tmp_path / "a", TINY, CASE, SECRET, ())
    leak = write_finding(tmp_path / "b", TINY, replace(CASE, oracle="leak"), SECRET, ())
    assert TOKEN.hex() not in (crash.folder / "repro.py").read_text()
    assert TOKEN.hex() in (leak.folder / "repro.py").read_text()


def test_a_plugin_file_is_named_wherever_it_is_needed(tmp_path):
    case = replace(CASE, plugins=("/x/my ledger.py",))
    finding = write_finding(tmp_path / "crash-1", TINY, case, SEEN, ())
    assert read_case(finding.folder).plugins == case.plugins
    assert "workbench replay . --plugin '/x/my ledger.py'" in (finding.folder / "report.md").read_text()
    assert '"--plugin",\n  "/x/my ledger.py"' in (finding.folder / "repro.py").read_text()


def test_a_sanitizers_report_has_a_file_of_its_own(tmp_path):
    case = replace(CASE, detail="==7==ERROR: AddressSanitizer: heap-use-after-free on address …\n")
    folder = write_finding(tmp_path / "crash-1", TINY, case, SEEN, ()).folder
    assert (folder / "sanitizer.log").read_text() == case.detail
    assert not (folder / "target.log").exists()

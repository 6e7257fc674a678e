"""Where does the test of a file go? Always to the same place: tests mirror the code, one to one, in both directions."""

from pathlib import Path

from support.source import ROOT, code_files

MIRRORED = ("workbench", "captures", "dissectors", "fuzzers", "plugins")
BESIDE_THE_MIRROR = {
    Path("tests/fuzzers/test_training_targets.py"),  # what is planted in every plugin's server, found
    Path("tests/plugins/test_contract.py"),  # the laws, for every plugin at once
    Path("tests/plugins/test_checks.py"),  # what every suite of checks must be able to do
    Path("tests/plugins/test_mutators.py"),  # their law, for every plugin at once, with many draws
    Path("tests/plugins/test_readme.py"),  # the example of plugins/README.md
}


def _test_of(code: Path) -> Path:
    parts = list(code.parts)
    if parts[0] == "plugins":
        parts[1] = parts[1].removeprefix("workbench_")
    return Path("tests", *parts[:-1], f"test_{parts[-1]}")


def _has_code(path: Path) -> bool:
    return path.name not in {"__init__.py", "__main__.py"}


def test_every_code_file_has_its_test_file():
    missing = [str(_test_of(code)) for code in code_files() if _has_code(code) and not (ROOT / _test_of(code)).exists()]
    assert missing == []


def test_every_mirrored_test_file_has_its_code_file():
    expected = {_test_of(code) for code in code_files()} | BESIDE_THE_MIRROR
    found = {path.relative_to(ROOT) for room in MIRRORED for path in (ROOT / "tests" / room).rglob("test_*.py")}
    assert sorted(map(str, found - expected)) == []

"""Files and functions stay small enough to read at one sitting.

The allow-lists are dated and may only shrink: a name that no longer needs its entry fails the test too.
"""

import statistics

from support.source import ROOT, code_files, functions, tree

FILE_MEDIAN, FILE_P90, FILE_MAX = 150, 350, 600
FUNCTION_P90, FUNCTION_MAX = 35, 60

LONG_FILES: set[str] = set()
LONG_FUNCTIONS: set[str] = set()


def _percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def _file_lengths() -> dict[str, int]:
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in code_files()}
    return {name: length for name, length in lengths.items() if length > 1}


def _function_lengths() -> dict[str, int]:
    return {
        f"{path}:{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in code_files()
        for node in functions(tree(path))
    }


def test_files_are_short():
    lengths = _file_lengths()
    assert {name for name, length in lengths.items() if length > FILE_MAX} == LONG_FILES
    assert statistics.median(lengths.values()) <= FILE_MEDIAN
    assert _percentile(list(lengths.values()), 0.9) <= FILE_P90


def test_functions_are_short():
    lengths = _function_lengths()
    too_long = {name.rsplit(":", 1)[0] for name, length in lengths.items() if length > FUNCTION_MAX}
    assert too_long == LONG_FUNCTIONS
    assert _percentile(list(lengths.values()), 0.9) <= FUNCTION_P90

import importlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.coverage import probes

SIZE = 1 << 16


def loaded(text: str, counters: Any) -> dict[str, Any]:
    """The globals of a module with probes."""
    found: dict[str, Any] = {"__name__": "sample", **probes.names(counters)}
    exec(probes.instrumented(textwrap.dedent(text).encode(), "sample.py", "sample", len(counters)), found)
    return found


def reached(function: Any, *arguments: Any) -> dict[int, int]:
    """The places that one call reaches, and how often."""
    counters = function.__globals__["__coverage_map__"]
    counters[:] = bytes(len(counters))
    function(*arguments)
    return {place: count for place, count in enumerate(counters) if count}


BRANCHES = {
    "if": "def f(n):\n    if n: pass",
    "else": "def f(n):\n    if n: pass\n    else: pass",
    "elif": "def f(n):\n    if n == 5: pass\n    elif n: pass",
    "for": "def f(n):\n    for _ in range(n): pass",
    "while": "def f(n):\n    while n: n -= 1",
    "ternary": "def f(n):\n    return 1 if n else 2",
    "and": "def f(n):\n    return n and n > 5",
    "or": "def f(n):\n    return n or n > 5",
    "except": "def f(n):\n    try: 1 // n\n    except ZeroDivisionError: pass",
    "match": "def f(n):\n    match n:\n        case 0: pass\n        case _: pass",
    "nested": "def f(n):\n    def g():\n        if n: pass\n    g()",
    "method": "class A:\n    def g(self, n):\n        if n: pass\ndef f(n): A().g(n)",
    "lambda": "def f(n):\n    return (lambda: n and 2)()",
    "coroutine": "async def g(n):\n    if n: pass\ndef f(n):\n    try: g(n).send(None)\n    except StopIteration: pass",
}


@pytest.mark.parametrize("text", BRANCHES.values(), ids=BRANCHES)
def test_both_ends_of_a_branch_show(text: str):
    function = loaded(text, memoryview(bytearray(SIZE)))["f"]
    assert reached(function, 0) != reached(function, 1)
    assert reached(function, 1) == reached(function, 1)


def test_how_often_a_loop_runs_is_counted_and_never_comes_to_nothing():
    function = loaded(BRANCHES["for"], memoryview(bytearray(SIZE)))["f"]
    (entry,) = reached(function, 0)
    for rounds in (1, 3, 255, 256, 1000):
        counts = reached(function, rounds)
        assert counts.pop(entry) == 1
        assert list(counts.values()) == [(rounds - 1) % 255 + 1]


def test_code_means_what_it_meant():
    text = '''
    from __future__ import annotations
    """a text in the wrong place is no docstring"""
    class Kind:
        limit: int if True else str = 3 if __name__ else 4
    def f(first: int or str = 1, *, last=2 or 3) -> "a and b":
        """What it does."""
        global told
        told = first or last
        return told, [one and two for one, two in zip("ab", "cd")], (yield_(3) if first else None)
    def yield_(n):
        return list(g(n))
    def g(n):
        while n > 0 and (yield n):
            n -= 1
        else:
            yield "end"
    '''
    plain: dict[str, Any] = {"__name__": "sample"}
    exec(compile(textwrap.dedent(text), "sample.py", "exec", dont_inherit=True), plain)
    probed = loaded(text, memoryview(bytearray(SIZE)))
    for arguments in ((0,), (1,)):
        assert probed["f"](*arguments) == plain["f"](*arguments)
        assert probed["told"] == plain["told"]
    assert probed["f"].__doc__ == plain["f"].__doc__
    assert probed["f"].__annotations__ == plain["f"].__annotations__
    assert probed["Kind"].__annotations__ == plain["Kind"].__annotations__


def test_tracebacks_name_the_line_that_is_meant():
    function = loaded("def f(n):\n    if n:\n\n        return 1 // 0", memoryview(bytearray(SIZE)))["f"]
    with pytest.raises(ZeroDivisionError) as raised:
        function(1)
    assert raised.traceback[-1].lineno == 3  # counted from 0


@given(st.text(), st.integers(0, 1 << 20), st.integers(0, 1000), st.sampled_from(["then", "else"]), st.sampled_from([64, SIZE]))
def test_places_lie_in_the_map_and_not_at_its_beginning(module: str, line: int, column: int, kind: str, size: int):
    place = probes.place_of(module, line, column, kind, size)
    assert 0 < place < size
    assert place == probes.place_of(module, line, column, kind, size)


def test_places_are_the_same_in_another_process():
    program = "from fuzzers.coverage.probes import place_of; print(place_of('m', 3, 4, 'then', 65536))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    assert int(told) == probes.place_of("m", 3, 4, "then", SIZE)


def test_what_cannot_be_compiled_says_so_as_ever():
    with pytest.raises(SyntaxError):
        probes.instrumented(b"def f(:", "sample.py", "sample", SIZE)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "probed_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("def f(n):\n    return n and 1\n")
    (folder / "more.py").write_text("def g(): return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "probed_package"]:
        del sys.modules[name]


def test_the_finder_probes_what_is_wanted_and_leaves_no_trace(package: Path, monkeypatch: pytest.MonkeyPatch):
    counters = memoryview(bytearray(SIZE))
    finder = probes.Finder(lambda name, file: name == "probed_package" and file.startswith(str(package)), counters)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    importlib.invalidate_caches()
    module = importlib.import_module("probed_package")
    other = importlib.import_module("probed_package.more")
    assert len(reached(module.f, 1)) == 2
    assert not hasattr(other, "__coverage_map__")
    cached = list(package.glob("__pycache__/__init__*"))
    assert cached == []  # or Python would run it without us


def test_the_finder_leaves_what_is_nowhere_and_what_is_no_source_to_python(monkeypatch: pytest.MonkeyPatch):
    finder = probes.Finder(lambda *_: True, memoryview(bytearray(SIZE)))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    assert finder.find_spec("there_is_no_such_module_anywhere") is None
    spec = finder.find_spec("_ctypes")
    assert spec is None or type(spec.loader).__name__ != "_Loader"

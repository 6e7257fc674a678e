import importlib.metadata
import subprocess
import sys
import textwrap

import pytest

from workbench.api import UsageError
from workbench.registry import GROUP, Registry, load

GOOD = """
from construct import Int8ub, Struct
from workbench.api import ProtocolSpec, length_prefixed
PROTOCOL = ProtocolSpec(name={name!r}, title="Test", grammar=Struct("length" / Int8ub), frame=length_prefixed(1))
"""


@pytest.fixture
def plugin(tmp_path):
    def write(text: str, name: str = "plug.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def _problem(*files, entries=()) -> str:
    registry = load(files, entries=entries)
    assert len(registry.problems) == 1
    return str(registry.problems[0])


def test_a_single_file_is_a_plugin(plugin):
    path = plugin(GOOD.format(name="toy"))
    registry = load([path], entries=())
    assert [spec.name for spec in registry.specs] == ["toy"]
    assert registry.problems == ()
    assert registry.origin("toy") == str(path)
    assert registry.get("toy").title == "Test"


def test_installed_plugins_are_found():
    assert {entry.name for entry in importlib.metadata.entry_points(group=GROUP)} >= {"streambus", "http1"}
    registry = load()
    assert {spec.name for spec in registry.specs} | {problem.place.split()[1] for problem in registry.problems} >= {"http1"}


def test_an_import_error_names_file_and_line(plugin):
    path = plugin("import os\nimport no_such_module_anywhere\n")
    problem = _problem(path)
    assert str(path) in problem
    assert "ModuleNotFoundError" in problem
    assert "line 2" in problem


@pytest.mark.parametrize("text", ["import sys\nsys.exit(3)", "raise BaseException('no')", "def broken(:\n  pass", "1/0"])
def test_whatever_a_module_raises_is_one_problem(plugin, text):
    assert "cannot be loaded" in _problem(plugin(text))


def test_a_user_can_still_interrupt(plugin):
    with pytest.raises(KeyboardInterrupt):
        load([plugin("raise KeyboardInterrupt")], entries=())


def test_a_file_without_protocol(plugin):
    assert "defines no PROTOCOL" in _problem(plugin("x = 1"))


def test_a_value_of_the_wrong_type(plugin):
    assert "PROTOCOL is a dict, not a ProtocolSpec" in _problem(plugin("PROTOCOL = {}"))


def test_a_missing_file(tmp_path):
    assert "no such file" in _problem(tmp_path / "gone.py")


def test_not_a_python_file(plugin):
    assert "not a Python file" in _problem(plugin("x", "plug.txt"))


def test_an_invalid_spec(plugin):
    text = "from workbench.api import ProtocolSpec\nPROTOCOL = ProtocolSpec(name='toy', title='x', ports=(70000,))"
    problem = _problem(plugin(text))
    assert "neither a decoder nor a grammar" in problem
    assert "70000" in problem


def test_a_name_belongs_to_the_first(plugin):
    first, second = plugin(GOOD.format(name="toy"), "a.py"), plugin(GOOD.format(name="toy"), "b.py")
    registry = load([first, second], entries=())
    assert len(registry.specs) == 1
    assert str(second) in str(registry.problems[0])
    assert f"taken by {first}" in str(registry.problems[0])


def test_a_broken_entry_point_leaves_the_others(plugin):
    entry = importlib.metadata.EntryPoint("ghost", "no_such_module:PROTOCOL", GROUP)
    registry = load([plugin(GOOD.format(name="toy"))], entries=[entry])
    assert [spec.name for spec in registry.specs] == ["toy"]
    assert "plugin ghost (no_such_module:PROTOCOL)" in str(registry.problems[0])


def test_an_unknown_name_suggests_the_nearest(plugin):
    registry = load([plugin(GOOD.format(name="streambus"))], entries=())
    with pytest.raises(UsageError, match="Did you mean streambus"):
        registry.get("steambus")
    with pytest.raises(UsageError, match="Known protocols: streambus"):
        registry.get("zzz")
    with pytest.raises(UsageError, match="none"):
        Registry(()).get("x")


def test_the_filter_prefix_is_a_name_too(plugin):
    text = GOOD.format(name="toy1").replace('title="Test"', 'title="Test", prefix="toy"')
    assert load([plugin(text)], entries=()).get("toy").name == "toy1"


def test_two_files_of_one_name_do_not_meet(plugin, tmp_path):
    (tmp_path / "other").mkdir()
    files = plugin(GOOD.format(name="one")), plugin(GOOD.format(name="two"), "other/plug.py")
    assert [spec.name for spec in load(files, entries=()).specs] == ["one", "two"]


def test_loading_stays_light():
    words = [sys.executable, "-c", "import sys, workbench.registry as r; r.load(entries=()); print(*sys.modules)"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not {"numpy", "scapy", "textual"} & set(done.stdout.split())


def test_the_same_file_may_be_named_twice(plugin):
    path = plugin(GOOD.format(name="toy"))
    registry = load([path, path.parent / "." / path.name, path.parent / ".." / path.parent.name / path.name], entries=())
    assert [spec.name for spec in registry.specs] == ["toy"]
    assert registry.problems == ()

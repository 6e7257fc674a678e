import sys

import pytest

from workbench.api import call_on_demand, list_on_demand, value_on_demand


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "late_module.py").write_text(
        "ITEMS = (1, 2, 3)\n\n\ndef double(number, *, plus=0):\n    return 2 * number + plus\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "late_module"
    sys.modules.pop("late_module", None)


def test_a_function_loads_when_it_is_called(module):
    double = call_on_demand(f"{module}:double")
    assert callable(double)
    assert module not in sys.modules
    assert double(3, plus=1) == 7
    assert module in sys.modules
    assert repr(double) == "<late_module:double, on demand>"


def test_a_list_loads_when_somebody_looks(module):
    items = list_on_demand(f"{module}:ITEMS")
    assert module not in sys.modules
    assert (len(items), items[0], items[1:], list(items), bool(items)) == (3, 1, (2, 3), [1, 2, 3], True)


def test_a_value_loads_when_it_is_asked_for_something(module):
    items = value_on_demand(f"{module}:ITEMS")
    assert module not in sys.modules
    assert items.count(2) == 1
    with pytest.raises(AttributeError, match="colour"):
        _ = items.colour


def test_what_is_not_there_says_so():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        call_on_demand("no_such_module:x")()
    with pytest.raises(AttributeError, match="nothing"):
        len(list_on_demand("json:nothing"))

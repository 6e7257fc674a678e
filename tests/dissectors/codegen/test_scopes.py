"""What `this` means where."""

import pytest

from dissectors.codegen.scopes import Scope, UnknownError


def _nested() -> Scope:
    top = Scope()
    outer = Scope(top)
    outer.names["n"] = "v1"
    inner = Scope(outer)
    inner.names["m"] = "v2"
    return inner


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (["m"], "v2"),
        (["m", "x"], "v2['x']"),
        (["_", "n"], "v1"),
        (["_root", "n"], "v1"),
        (["_", "_", "parameter"], "P['parameter']"),
        (["_params", "parameter"], "P['parameter']"),
        (["_parsing"], "True"),
        (["_building"], "False"),
        (["_index"], "None"),
    ],
)
def test_known(fields: list[str], wanted: str):
    assert _nested().resolve(fields) == wanted


@pytest.mark.parametrize(
    "fields", [["later"], ["_io"], ["_subcons", "m"], ["_"], ["_params"], ["_params", "_parsing"], ["_root"]]
)
def test_not_known(fields: list[str]):
    with pytest.raises(UnknownError):
        _nested().resolve(fields)


def test_an_index_that_nobody_knows():
    scope = _nested()
    scope.index = None
    with pytest.raises(UnknownError):
        scope.resolve(["_index"])

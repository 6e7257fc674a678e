"""What `this` means while building, and what is treated how."""

import pytest
from construct import Byte, Subconstruct

from dissectors.codegen.assembly import Alone, BuildScope, build_of
from dissectors.codegen.scopes import UnknownError


def _scope() -> BuildScope:
    scope = BuildScope(BuildScope(), None, "x")
    scope.names["done"] = "v1"
    scope.built("opaque", None)
    return scope


def test_members_are_what_was_given_until_they_are_built():
    scope = _scope()
    assert scope.resolve(["done"]) == "v1"
    assert scope.resolve(["later", "deeper"]) == "x['later']['deeper']"
    assert scope.resolve(["_building"]) == "True"
    assert scope.resolve(["_params", "size"]) == "P['size']"
    with pytest.raises(UnknownError):
        scope.resolve(["opaque"])


def test_an_alternative_has_the_context_around_as_its_parameters():
    inside = BuildScope(Alone(_scope()), None, "y")
    assert inside.resolve(["_", "done"]) == "v1"
    assert inside.resolve(["_params", "later"]) == "x['later']"
    for fields in (["_root", "done"], ["_", "_", "done"], ["_params", "_params", "_index"]):
        with pytest.raises(UnknownError):
            inside.resolve(fields)


def test_an_instance_that_builds_in_its_own_way():
    class Own(Subconstruct):
        pass

    own = Own(Byte)
    assert build_of(own) is Subconstruct._build
    own._build = lambda *_: None
    assert build_of(own) is None

"""Generated code beside the interpreter: the same values with the same types, the same fields, the same bytes, or an exception."""

from copy import deepcopy
from typing import Any

from construct import Construct, EnumIntegerString

from dissectors.codegen.building import builder_of
from dissectors.codegen.helpers import Doubt
from dissectors.codegen.parsing import parser_of, tracer_of
from dissectors.tracing import interpret
from workbench.api import Limits

MOST = Limits().fields


def exact(value: Any) -> Any:
    """A value with the types of everything in it: equality alone takes True for 1, and a name for an enum value."""
    if isinstance(value, dict):
        return type(value), [(key, exact(each)) for key, each in value.items() if key != "_io"]
    if isinstance(value, list | tuple):
        return type(value), [exact(each) for each in value]
    if isinstance(value, EnumIntegerString):
        return type(value), str(value), value.intvalue
    return type(value), repr(value)


def _tree(root: Any) -> Any:
    return [
        (depth, *(exact(getattr(node, name)) for name in node.__slots__ if name != "children")) for depth, node in root.walk()
    ]


def same_parse(grammar: Construct, data: bytes, parameters: dict[str, Any], most: int = MOST) -> bool:
    """Whether generated code did it; fails where it did so differently from the interpreter."""
    tracer, parser = tracer_of(grammar, "x"), parser_of(grammar)
    if tracer is None or parser is None:
        return False
    try:
        value, root, consumed = tracer(data, parameters, most)
    except (Exception, Doubt):
        return False
    wanted = interpret(grammar, data, "x", parameters, most)
    assert wanted.error == ""
    assert (exact(value), _tree(root), consumed) == (exact(wanted.value), _tree(wanted.root), wanted.consumed)
    assert wanted.views == ()
    value, consumed = parser(data, parameters, most)
    assert (exact(value), consumed) == (exact(wanted.value), wanted.consumed)
    return True


def same_build(grammar: Construct, value: Any, parameters: dict[str, Any]) -> bool:
    """Whether generated code built it; fails where that is not what construct builds, or changes what was given."""
    builder = builder_of(grammar)
    if builder is None:
        return False
    before = deepcopy(value)
    try:
        found = builder(value, parameters)
    except (Exception, Doubt):
        return False
    assert value == before
    assert found == grammar.build(value, **parameters)
    return True

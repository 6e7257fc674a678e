"""A quick class is the class it was: same arguments, same values, still frozen."""

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from inspect import signature

import pytest

from workbench.api import Chunk, Field, Inner, Message, Note, View
from workbench.api.quick import quick


@dataclass(frozen=True, slots=True)
class Slow:
    """What dataclasses make of it."""

    name: str
    count: int = 3
    parts: list[int] = field(default_factory=list, compare=False)
    tag: bytes = field(default=b"", kw_only=True, repr=False)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    """The same, quickly."""

    name: str
    count: int = 3
    parts: list[int] = field(default_factory=list, compare=False)
    tag: bytes = field(default=b"", kw_only=True, repr=False)


ARGUMENTS = [(("a",), {}), (("a", 5), {"tag": b"x"}), ((), {"name": "a", "parts": [1]}), (("a", 5, [2]), {"tag": b""})]


@pytest.mark.parametrize(("positional", "named"), ARGUMENTS)
def test_equal_arguments_give_equal_values(positional: tuple, named: dict):
    slow, fast = Slow(*positional, **named), Quick(*positional, **named)
    assert [getattr(fast, each.name) for each in fields(fast)] == [getattr(slow, each.name) for each in fields(slow)]
    assert repr(fast) == repr(slow).replace("Slow", "Quick")
    assert type(fast) is Quick


@pytest.mark.parametrize(
    ("positional", "named"), [((), {}), (("a", 1, [], b""), {}), (("a",), {"other": 1}), (("a",), {"name": "b"})]
)
def test_wrong_arguments_are_wrong_for_both(positional: tuple, named: dict):
    for kind in (Slow, Quick):
        with pytest.raises(TypeError):
            kind(*positional, **named)


def test_values_made_by_a_factory_are_not_shared():
    assert Quick("a").parts is not Quick("a").parts


def test_subclasses_are_made_as_ever():
    class Named(Quick):
        """With a dictionary of its own."""

        def title(self) -> str:
            return self.name.title()

    value = Named("abc", parts=[1])
    assert type(value) is Named
    assert (value.title(), value.count, value.parts, value.tag) == ("Abc", 3, [1], b"")
    assert Named("abc").parts == []


def test_it_is_still_frozen():
    value = Quick("a")
    with pytest.raises(FrozenInstanceError):
        value.name = "b"
    with pytest.raises(TypeError):
        value.other = 1


def test_it_is_copied_pickled_replaced_and_compared_as_before():
    value = Quick("a", 4, [1], tag=b"x")
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value
    assert replace(value, count=5) == Quick("a", 5, tag=b"x")
    assert value != Quick("a", 4)


@pytest.mark.parametrize("noun", [Chunk, Field, Inner, Message, Note, View])
def test_the_facts_of_the_api_take_their_fields_as_arguments(noun: type):
    assert list(signature(noun).parameters) == [each.name for each in fields(noun)]

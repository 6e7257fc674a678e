"""A tree that is made late is the tree that it would have been; until then it says what is in it."""

import copy
import pickle
from dataclasses import replace

import pytest

from workbench.api import Direction, Field, Message, deferred, flatten_fields, message_members
from workbench.api.deferred import flat_of

CHILDREN = (Field("Kind", 0, 1, 5, (), "toy.kind"), Field("Rest", 1, 4, b"abc", (), "toy.rest"))
FLAT = {"toy.kind": 5, "toy.rest": "616263"}
PLAIN = Field("toy", 0, 4, None, CHILDREN, "toy")


class Counted:
    """Grows the tree, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[Field, ...]:
        self.times += 1
        return CHILDREN


@pytest.fixture
def grow() -> Counted:
    return Counted()


@pytest.fixture
def later(grow: Counted) -> Field:
    return deferred("toy", 4, "toy", grow, FLAT)


def message(root: Field) -> Message:
    return Message(protocol="toy", direction=Direction.TO_SERVER, start=0, end=4, raw=b"\5abc", root=root)


def test_nothing_is_made_before_somebody_looks(later: Field, grow: Counted):
    assert (later.name, later.start, later.end, later.abbrev, later.value) == ("toy", 0, 4, "toy", None)
    assert message_members(message(later))["fields"] == FLAT
    assert grow.times == 0


def test_it_is_made_once(later: Field, grow: Counted):
    assert later.children is later.children is CHILDREN
    assert [node.name for _, node in later.walk()] == ["toy", "Kind", "Rest"]
    assert later.find("toy.rest") is CHILDREN[1]
    assert grow.times == 1
    assert type(later) is Field
    assert flat_of(later) is None


def test_what_it_says_is_what_the_tree_says(later: Field):
    before = message_members(message(later))
    assert later.children
    assert message_members(message(later)) == before
    assert flatten_fields((later,)) == FLAT


@pytest.mark.parametrize(
    "other",
    [
        lambda: PLAIN,
        lambda: deferred("toy", 4, "toy", Counted(), FLAT),
        lambda: pickle.loads(pickle.dumps(deferred("toy", 4, "toy", Counted(), FLAT))),
        lambda: copy.deepcopy(deferred("toy", 4, "toy", Counted(), FLAT)),
        lambda: replace(deferred("toy", 4, "toy", Counted(), FLAT), text=""),
    ],
)
def test_equal_to_what_has_an_equal_tree(later: Field, other):
    mine = other()
    assert mine == later
    assert later == mine
    assert hash(later) == hash(mine)
    assert repr(later) == repr(PLAIN)


def test_different_from_others(later: Field):
    assert later != replace(PLAIN, name="other")
    assert replace(PLAIN, children=()) != later
    assert later != "toy"


def test_other_children_may_be_given_instead(later: Field):
    assert replace(later, children=()) == Field("toy", 0, 4, None, (), "toy")

from dataclasses import dataclass

import pytest
from construct import Container, ListContainer
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.values import at, leaves, lists, replaced, shown_path, subtrees

VALUE = Container(a=1, b=Container(c=b"x", _io=object()), d=ListContainer([Container(e="s"), Container(e="t")]), f=None)


@dataclass(frozen=True)
class Header:
    name: str
    parts: tuple[int, ...]


def test_leaves_in_order_without_constructs_own_entries():
    assert list(leaves(VALUE)) == [
        (("a",), 1),
        (("b", "c"), b"x"),
        (("d", 0, "e"), "s"),
        (("d", 1, "e"), "t"),
    ]


def test_lists_outermost_first():
    assert [path for path, _ in lists({"x": [[1], [2]]})] == [("x",), ("x", 0), ("x", 1)]


def test_replacing_shares_the_rest_and_changes_nothing():
    new = replaced(VALUE, ("d", 1, "e"), "u")
    assert new.d[1].e == "u"
    assert VALUE.d[1].e == "t"
    assert new.b is VALUE.b
    assert isinstance(new.d[0], Container)


def test_dataclasses_and_tuples():
    header = Header("n", (1, 2))
    assert [path for path, _ in leaves(header)] == [("name",), ("parts", 0), ("parts", 1)]
    assert replaced(header, ("parts", 1), 5) == Header("n", (1, 5))
    assert at(header, ("parts", 0)) == 1


def test_missing_paths():
    with pytest.raises(KeyError):
        at(VALUE, ("nowhere",))
    with pytest.raises(KeyError):
        at(Header("n", ()), ("nowhere",))


def test_paths_as_people_write_them():
    assert shown_path(("payload", "messages", 2, "key")) == "payload.messages[2].key"


TREES = st.recursive(
    st.integers() | st.binary(max_size=4) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=12,
)


@given(TREES, st.data())
def test_every_leaf_can_be_replaced(tree, data):
    found = list(leaves(tree))
    if not found:
        return
    path, old = data.draw(st.sampled_from(found))
    assert at(tree, path) is old
    new = replaced(tree, path, "new")
    assert at(new, path) == "new"
    others = [(where, leaf) for where, leaf in leaves(new) if where != path]
    assert others == [(where, leaf) for where, leaf in found if where != path]


def test_every_part_has_a_path():
    value = {"a": 1, "b": [{"c": 2}, {"c": 3}]}
    found = dict(subtrees(value))
    assert found[()] == value
    assert found[("b", 1)] == {"c": 3}
    assert set(found) == {(), ("a",), ("b",), ("b", 0), ("b", 1), ("b", 0, "c"), ("b", 1, "c")}

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.mutators.anatomy import Anatomy, last_name
from fuzzers.values import at, is_leaf

VALUE = {"id": 1, "length": 9, "items": [{"key": b"a", "crc": 2}, {"key": b"b", "crc": 3}], "name": "x"}

values = st.recursive(
    st.integers() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
)


def test_leaves_are_told_apart_by_what_may_be_changed():
    anatomy = Anatomy.of(VALUE, {"id", "items.key"}, {"length", "crc"})
    assert anatomy.arrays == (("items",),)
    assert [len(each) for each in (anatomy.all, anatomy.free, anatomy.given, anatomy.both)] == [7, 4, 4, 1]
    assert anatomy.leaves(without_kept=True, without_computed=True) == (("name",),)
    assert anatomy.leaves(without_kept=True, without_computed=False) == anatomy.free
    assert anatomy.leaves(without_kept=False, without_computed=True) == anatomy.given
    assert anatomy.leaves(without_kept=False, without_computed=False) == anatomy.all


def test_what_leaves_nothing_is_not_asked_for():
    anatomy = Anatomy.of({"id": 1}, {"id"}, {"id"})
    assert anatomy.all == anatomy.free == anatomy.given == anatomy.both == (("id",),)


@given(values, st.frozensets(st.sampled_from("abc")), st.frozensets(st.sampled_from("abc")))
def test_every_path_leads_to_what_it_says(value, keep, computed):
    anatomy = Anatomy.of(value, keep, computed)
    assert all(is_leaf(at(value, path)) for path in anatomy.all)
    assert all(isinstance(at(value, path), list) for path in anatomy.arrays)
    for part in (anatomy.free, anatomy.given, anatomy.both):
        assert set(part) <= set(anatomy.all)
        assert bool(part) == bool(anatomy.all)


def test_the_last_name_skips_numbers():
    assert last_name(("a", "b", 3)) == "b"
    assert last_name((1, 2)) == ""

"""The dynamic table: sizes, eviction, capacity, and what is no longer known."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.limits import MAX_TABLE
from workbench_http3.qpack_table import DynamicTable


def table(capacity, maximum=None):
    found = DynamicTable()
    found.maximum = maximum
    assert found.resize(capacity)
    return found


def test_entries_by_absolute_index():
    found = table(200)
    assert found.add(b"a", b"1")
    assert found.add(b"b", b"2")
    assert (found.find(0), found.find(1), found.find(2)) == ((b"a", b"1"), (b"b", b"2"), None)
    assert (found.inserted, found.dropped, found.size) == (2, 0, 68)


def test_the_oldest_go_first():
    found = table(70)
    for name in (b"a", b"b", b"c"):
        assert found.add(name, b"")
    assert (found.find(0), found.find(1), found.find(2)) == (None, (b"b", b""), (b"c", b""))
    assert found.dropped == 1


def test_an_entry_larger_than_the_table():
    found = table(40)
    assert found.add(b"a", b"")
    assert not found.add(b"a" * 9, b"")
    assert found.find(0) == (b"a", b""), "the table is left as it was"


def test_a_smaller_capacity_evicts():
    found = table(100)
    found.add(b"a", b"")
    found.add(b"b", b"")
    assert found.resize(40)
    assert (found.dropped, found.size) == (1, 33)


def test_more_than_the_decoder_allows():
    found = table(100, maximum=100)
    assert not found.resize(101)
    assert found.capacity == 100


def test_a_table_larger_than_is_followed_is_doubtful():
    found = table(MAX_TABLE + 1)
    assert found.doubtful
    assert found.capacity == MAX_TABLE


def test_forgetting():
    found = table(100)
    found.add(b"a", b"")
    found.forget()
    assert (found.find(0), found.size, found.doubtful) == (None, 0, True)


@given(st.integers(0, 300), st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=100))))
def test_never_larger_than_its_capacity(capacity, pairs):
    found = table(capacity)
    for name, value in pairs:
        found.add(name, value)
        kept = [found.find(index) for index in range(found.dropped, found.inserted)]
        assert found.size == sum(32 + len(entry[0]) + len(entry[1]) for entry in kept if entry) <= capacity

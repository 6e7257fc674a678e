"""The dynamic table: absolute indexes, room, and what has left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.server_table import OVERHEAD, DynamicTable, TableError


def table(capacity: int) -> DynamicTable:
    found = DynamicTable(4096)
    found.resize(capacity)
    return found


def test_without_a_capacity_there_is_no_room():
    with pytest.raises(TableError, match=r"3\.2\.2"):
        DynamicTable(4096).insert(b"", b"")


def test_old_entries_leave():
    found = table(2 * (OVERHEAD + 2))
    for name in (b"a", b"b", b"c"):
        found.insert(name, b"1")
    assert (found.inserted, found.size) == (3, 68)
    assert [found.entry(1), found.entry(2)] == [(b"b", b"1"), (b"c", b"1")]
    for index in (0, 3, -1):
        with pytest.raises(TableError, match="no entry"):
            found.entry(index)


def test_a_smaller_capacity():
    found = table(100)
    found.insert(b"a", b"1")
    found.insert(b"b", b"1")
    found.resize(40)
    assert found.size == 34
    with pytest.raises(TableError):
        found.entry(0)
    found.resize(0)
    assert found.size == 0


def test_limits():
    with pytest.raises(TableError, match=r"3\.2\.3"):
        DynamicTable(100).resize(101)
    found = table(50)
    found.insert(b"a", b"1")
    with pytest.raises(TableError, match=r"3\.2\.2"):
        found.insert(b"a" * 19, b"")
    assert found.entry(0) == (b"a", b"1"), "what did not fit has pushed out nothing"


@given(st.integers(0, 300), st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20))))
def test_size_is_what_the_entries_are(capacity, entries):
    found = table(capacity)
    kept: list[tuple[bytes, bytes]] = []
    for name, value in entries:
        if len(name) + len(value) + OVERHEAD > capacity:
            continue
        found.insert(name, value)
        kept.append((name, value))
        while sum(len(one) + len(other) + OVERHEAD for one, other in kept) > capacity:
            kept.pop(0)
    assert found.size == sum(len(name) + len(value) + OVERHEAD for name, value in kept)
    first = found.inserted - len(kept)
    assert [found.entry(first + place) for place in range(len(kept))] == kept

"""The table of one direction: places, eviction, sizes (RFC 7541 2.3 and 4)."""

from workbench_http2.header_table import HeaderTable
from workbench_http2.limits import MAX_TABLE


def test_the_newest_entry_is_62():
    table = HeaderTable()
    table.add(b"a", b"1")
    table.add(b"b", b"2")
    assert (table.find(62), table.find(63), table.find(64)) == ((b"b", b"2"), (b"a", b"1"), None)
    assert table.find(2) == (b":method", b"GET")
    assert table.find(0) is None


def test_old_entries_make_room():
    table = HeaderTable()
    table.resize(100)
    for name in (b"a", b"b", b"c"):
        table.add(name, b"x" * 10)
    assert [name for name, _ in table.entries] == [b"c", b"b"]
    assert table.size == 86


def test_an_entry_that_is_too_large_empties_the_table():
    table = HeaderTable()
    table.add(b"a", b"1")
    table.add(b"b", b"x" * 5000)
    assert (len(table.entries), table.size) == (0, 0)


def test_no_table_is_larger_than_the_limit():
    table = HeaderTable()
    table.resize(2**32 - 1)
    assert (table.capacity, table.doubtful) == (MAX_TABLE, True)


def test_what_was_lost_makes_it_doubtful_and_empty():
    table = HeaderTable()
    table.add(b"a", b"1")
    table.forget()
    assert (table.find(62), table.size, table.doubtful) == (None, 0, True)

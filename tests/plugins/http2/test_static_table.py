"""The static table against RFC 7541 appendix A as another implementation has it."""

from hpack.table import HeaderTable

from workbench_http2.static_table import STATIC


def test_the_table_of_appendix_a():
    assert STATIC[1:] == tuple((bytes(name), bytes(value)) for name, value in HeaderTable.STATIC_TABLE)


def test_index_0_is_nothing():
    assert STATIC[0] == (b"", b"")

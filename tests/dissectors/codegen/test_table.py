"""Every construct in the table is one that the interpreter watches in a way that code can follow."""

from construct import Construct, LazyBound, Pointer, Seek, StopIf, Union

from dissectors.codegen.table import TABLE


def test_keys_are_functions_that_parse():
    assert all(parse.__name__ == "_parse" for parse in TABLE)
    assert Construct._parse not in TABLE


def test_what_moves_about_or_stops_early_is_not_there():
    assert TABLE.keys().isdisjoint({kind._parse for kind in (Pointer, Seek, Union, StopIf, LazyBound)})

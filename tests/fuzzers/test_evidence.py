import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.evidence import DATE, DATED, pattern_of


def finds(pattern: str, data: bytes) -> bool:
    """As `repro.py` searches."""
    return re.search(pattern.encode("latin-1"), DATE.sub(DATED, data), re.DOTALL) is not None


@given(st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=4), st.binary(max_size=5), st.binary(max_size=5))
def test_a_pattern_is_in_everything_it_was_made_of(seen, before, after):
    pattern = pattern_of(seen)
    assert all(finds(pattern, before + each + after) for each in seen)


def test_equal_bytes_are_meant_literally():
    assert finds(pattern_of([b"a.c\n(\xff"] * 3), b"xa.c\n(\xffy")
    assert not finds(pattern_of([b"a.c\n(\xff"] * 3), b"xabc\n(\xffy")


def test_what_changed_from_run_to_run_may_change_again():
    pattern = pattern_of([b"id=1 bad", b"id=2 bad"])
    assert finds(pattern, b"id=9 bad")
    assert not finds(pattern, b"id=9 good")
    pattern = pattern_of([b"id=1 bad", b"id=22 bad", b"id=333 bad"])
    assert finds(pattern, b"id=4444 bad")
    assert not finds(pattern, b"id=4444 good")


@pytest.mark.parametrize("seen", [[], [b""], [b"a", b"b"], [b"abc", b"bc"]])
def test_where_nothing_stayed_there_is_no_evidence(seen):
    assert pattern_of(seen) == ""

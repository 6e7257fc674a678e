import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.field_catalog import Kind
from dissectors.field_intervals import ENDLESS, Intervals, intervals, place, union
from dissectors.term_error import TermError

SPANS = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 5)), min_size=1, max_size=6)


@given(SPANS, st.integers(-30, 30))
def test_a_union_holds_what_its_parts_hold(spans, value):
    parts = [Intervals(0, (low,), (low + size,)) for low, size in spans]
    whole = union(parts)
    assert whole.holds(value) == any(part.holds(value) for part in parts)
    assert all(after > before + 1 for before, after in zip(whole.highs, whole.lows[1:], strict=False))


@pytest.mark.parametrize(
    ("sign", "inside", "outside"),
    [("==", (8, 9), (7, 10)), (">", (10,), (9,)), (">=", (8,), (7,)), ("<", (7,), (8,)), ("<=", (9,), (10,))],
)
def test_signs_and_ranges(sign, inside, outside):
    found = intervals(Kind.NUMBER, sign, "8-9", 0)
    assert all(map(found.holds, inside))
    assert not any(map(found.holds, outside))


def test_kinds():
    assert intervals(Kind.IP, "==", "10.0.0.0/8", 0).holds(10 << 24 | 5)
    assert intervals(Kind.IP, "==", "2001:db8::/32", 0).axis == 6
    assert intervals(Kind.MAC, "==", "00-00-00-00-01-02", 0).lows == (0x102,)
    assert intervals(Kind.SPAN, ">", "5ms", 0).lows == (5_000_001,)
    assert intervals(Kind.FLAG, "==", "Set", 0).lows == (1,)
    assert intervals(Kind.NUMBER, "==", "3", 0, "5").highs == (5,)
    assert intervals(Kind.NUMBER, "==", "5-3", 0).lows == ()


@pytest.mark.parametrize(
    ("kind", "text"), [(Kind.IP, "x"), (Kind.MAC, "00:11"), (Kind.TIME, "soon"), (Kind.SPAN, "long"), (Kind.NUMBER, str(ENDLESS))]
)
def test_what_is_none_of_the_kind_is_refused(kind, text):
    with pytest.raises(TermError) as caught:
        intervals(kind, "==", text, 7)
    assert caught.value.offset == 7


def test_places():
    assert place(Kind.NUMBER, 5) == (0, 5)
    assert place(Kind.FLAG, True) == (0, 1)
    assert place(Kind.IP, "10.0.0.1") == (4, 10 << 24 | 1)
    assert place(Kind.MAC, "00:00:00:00:00:01") == (0, 1)
    assert place(Kind.IP, "nobody") is place(Kind.MAC, "nobody") is place(Kind.NUMBER, "5") is None

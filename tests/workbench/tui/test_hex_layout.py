import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.hex_layout import PRINTABLE, layout_for


@pytest.mark.parametrize(("width", "per_row"), [(20, 4), (37, 8), (36, 4), (72, 16), (71, 8), (138, 32)])
def test_as_many_bytes_as_fit(width: int, per_row: int):
    assert layout_for(width, 1000).per_row == per_row


@given(st.integers(37, 200), st.integers(1, 1 << 20), st.data())
def test_every_byte_is_found_where_it_is_drawn(width: int, length: int, data):
    layout = layout_for(width, length)
    assert layout.width <= width
    place = data.draw(st.integers(0, layout.per_row - 1))
    gaps = place // 8
    assert layout.offset_at(3, layout.hex_at + 3 * place + gaps) == 3 * layout.per_row + place
    assert layout.offset_at(3, layout.text_at + place) == 3 * layout.per_row + place


def test_cells_beside_the_dump_have_no_byte():
    layout = layout_for(80, 100)
    assert layout.offset_at(0, 0) is None
    assert layout.offset_at(0, layout.width) is None


def test_rows_and_digits_follow_the_length():
    layout = layout_for(80, 0x12345)
    assert layout.digits == 5
    assert layout.rows(0) == 0
    assert layout.rows(17) == 2


def test_control_bytes_are_dots():
    assert len(PRINTABLE) == 256
    assert PRINTABLE[0x1B] == PRINTABLE[0x9B] == "·"
    assert PRINTABLE[0x41] == "A"

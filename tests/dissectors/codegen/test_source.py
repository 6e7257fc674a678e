"""Lines, names, and reads that are kept back."""

from dissectors.codegen.source import Position, Source


def test_positions():
    assert [str(place) for place in (Position(), Position("p", 0), Position("p", 3).plus(1))] == ["0", "p", "p + 4"]


def _fixed(*codes: tuple[str, int, str]) -> Source:
    source = Source()
    for code in codes:
        source.fixed(*code)
    source.flush()
    return source


def test_neighbours_are_read_together_while_their_byte_order_agrees():
    assert len(_fixed(("B", 1, ""), ("H", 2, ">"), ("3s", 3, ""), ("I", 4, ">")).lines) == 1
    assert len(_fixed(("H", 2, ">"), ("H", 2, "<")).lines) == 2


def test_padding_alone_is_only_looked_for():
    assert _fixed(("3x", 3, "")).lines == ["    if 3 > n: raise Refused"]


def test_inside_a_part_its_end_is_looked_at_first():
    source = Source()
    with source.within("e"):
        source.fixed("B", 1)
    assert source.lines[0] == "    if 1 > e: raise Refused"


def test_what_follows_a_read_waits_for_it_and_what_is_written_ends_it():
    source = Source()
    name = source.fixed("B", 1)
    source.after(f"x = {name}")
    source.fixed("B", 1)
    source.write("y = 1")
    assert [line.strip() for line in source.lines[1:]] == [f"x = {name}", "y = 1"]


def test_an_empty_block_is_still_a_block():
    source = Source()
    with source.block("if x:"):
        pass
    assert source.lines == ["    if x:", "        pass"]

"""What comparisons see of a message."""

import pytest

from dissectors.field_values import Source, source_of
from dissectors.term_error import TermError
from support.messages import message
from workbench.api import Direction, Field

RAW = b"abcdefgh"
ROOT = Field(
    "p",
    0,
    8,
    children=(
        Field("x", 0, 4, "Abcd", abbrev="p.x"),
        Field("x", 4, 8, b"efgh", abbrev="p.x"),
        Field("n", 0, 1, 97, abbrev="p.n", text="Letter"),
        Field("e", 0, 0, None, abbrev="p.e"),
    ),
)
MESSAGE = message(Direction.TO_SERVER, RAW, root=ROOT)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("p.x", ["Abcd", b"efgh"]),
        ("p.e", []),
        ("p.x[0]", [b"a", b"e"]),
        ("p.x[1:2]", [b"bc", b"fg"]),
        ("p.x[1-2]", [b"bc", b"fg"]),
        ("p.x[:3]", [b"abc", b"efg"]),
        ("p.x[2:]", [b"cd", b"gh"]),
        ("p.x[-1]", [b"d", b"h"]),
        ("p.x[0,2:]", [b"acd", b"egh"]),
        ("p.x[9]", [b"", b""]),
        ("len(p.x)", [4, 4]),
        ("count(p.x)", [2]),
        ("count(p.e)", []),
        ("lower(p.x)", ["abcd", ""]),
        ("upper(p.n)", ["LETTER"]),
        ("len( p.x[:3] )", [3, 3]),
    ],
)
def test_values(text, values):
    assert [node.value for node in source_of(text).values(MESSAGE)] == values


def test_names():
    assert source_of("len(p.x)") == Source("p.x", "len")
    assert source_of("p.x").name == "p.x"


@pytest.mark.parametrize("text", ["len(p.x", "p.x)", "size(p.x)", "p.x[]", "p.x[a]", "p.x[3-1]", "p.x[1:2:3]", "(p.x)"])
def test_mistakes(text):
    with pytest.raises(TermError):
        source_of(text)

"""What is asked of single fields. Lines of terms are tested with `filters`."""

import pytest
from construct import Byte, Struct

from dissectors.field_terms import field_test, fields_of
from dissectors.term_error import TermError
from support.messages import message
from workbench.api import Direction, Field, ProtocolSpec

SPECS = (ProtocolSpec(name="toy", title="T", grammar=Struct("kind" / Byte)),)


def _holds(operator: str, value: str, found: object, text: str = "") -> bool:
    root = Field("toy", 0, 1, children=(Field("x", 0, 1, found, abbrev="toy.x", text=text),))
    return field_test("toy.x", operator, value)(message(Direction.TO_SERVER, b"x", root=root))


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("", "", None, True),
        ("==", "-5", -5, True),
        ("==", "1.5", 1.5, True),
        ("==", "1-3", 3, True),
        ("==", "1-3", "1-3", True),
        ("==", "1-3", 4, False),
        ("!=", "1", 2, True),
        ("!=", "1", None, False),
        (">", "-1", 0, True),
        (">", "a", 0, False),
        (">", "a", "b", True),
        (">", "1", b"2", False),
        ("contains", "an", "anna", True),
        ("contains", "an", b"anna", True),
        ("contains", "61:6e", b"an", True),
        ("contains", "12", 5123, True),
        ("contains", "AN", "anna", False),
    ],
)
def test_values(operator: str, value: str, found: object, expected: bool):
    assert _holds(operator, value, found) is expected


def test_the_words_for_a_number():
    assert _holds("==", "OK", 200, "OK")
    assert _holds("contains", "O", 200, "OK")


def test_owners():
    assert [owner.prefix for owner in fields_of("toy.kind", SPECS)] == ["toy"]
    assert fields_of("toy", SPECS) == ()
    assert fields_of("other.kind", SPECS) == ()
    assert [owner.prefix for owner in fields_of("data.data", SPECS)] == ["data"]
    with pytest.raises(TermError, match=r"no field is called toy\.kid"):
        fields_of("toy.kid", SPECS)

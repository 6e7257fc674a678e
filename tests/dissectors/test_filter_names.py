import pytest

from dissectors.field_values import HeaderBytes, HeaderField, MessageBytes, MessageField
from dissectors.filter_names import RESERVED, Names, fields_of
from dissectors.filter_syntax import Word
from dissectors.term_error import TermError
from support.toy import TOY
from workbench.api import ProtocolSpec

HTTP = ProtocolSpec(name="http1", title="H", prefix="http")
NAMES = Names((HTTP, TOY))


def word(text: str) -> Word:
    """A word at place 3."""
    return Word(text, 3)


def test_sources():
    assert isinstance(NAMES.source(word("tcp.port")), HeaderField)
    assert isinstance(NAMES.source(word("TCP")), HeaderBytes)
    assert isinstance(NAMES.source(word("ip")), HeaderField)
    assert isinstance(NAMES.source(word("ip"), whole=True), HeaderBytes)
    assert isinstance(NAMES.source(word("http")), MessageBytes)
    assert isinstance(NAMES.source(word("toy.kind")), MessageField)
    assert isinstance(NAMES.source(word("note.text")), MessageField)
    assert NAMES.source(word("nobody.knows")) is None


def test_behind_a_comparison_only_what_is_certain_is_a_field():
    assert NAMES.certain(word("tcp.len")) is not None
    assert NAMES.certain(word("toy.kind")) is not None
    assert NAMES.certain(word("toy.org")) is None
    assert NAMES.certain(word("tcp")) is None
    assert NAMES.certain(word("www.example.com")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tcp.strem", "Did you mean tcp.stream?"),
        ("fuzz.case", "Its fields are fuzz.mutation"),
        ("qqqq", "quotation marks"),
    ],
)
def test_unknown_names_come_with_the_nearest(text, said):
    assert said in NAMES.unknown(word(text)).remedy


def test_names_that_nearly_are_fields_are_refused():
    NAMES.refuse(word("www.example.com"))
    with pytest.raises(TermError):
        NAMES.refuse(word("tcp.strem"))
    with pytest.raises(TermError, match=r"toy\.kid") as caught:
        NAMES.source(word("toy.kid"))
    assert caught.value.offset == 7


def test_doubts_are_about_names_nobody_can_know():
    assert NAMES.doubt(word("toy.kind")) is None
    assert NAMES.doubt(word("tcp.port")) is None
    doubt = NAMES.doubt(word("http.nosuch"))
    assert doubt is not None
    assert doubt() == "is http.nosuch spelt right? It is not known which fields there are"


def test_fields_have_owners():
    assert [owner.prefix for owner in fields_of("http.anything", NAMES.specs)] == ["http"]
    assert fields_of("other.thing", NAMES.specs) == ()
    with pytest.raises(TermError, match="no field is called"):
        fields_of("toy.kid", NAMES.specs)


def test_reserved_words():
    assert {"and", "contains", "any", "tcp", "port", "data", "workbench", "len", "eq"} <= RESERVED
    assert "http" not in RESERVED

"""Names in a filter line: protocols, fields of headers, fields that plugins decode. What cannot be is refused with the nearest that can."""

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from functools import partial

from dissectors.field_catalog import ALIASES, HEADERS, MESSAGE_FACTS, PACKET_FIELDS, example, names_of
from dissectors.field_names import FieldNames, field_names
from dissectors.field_seeds import seen_names
from dissectors.field_values import HeaderBytes, HeaderField, MessageBytes, MessageField, Source
from dissectors.filter_columns import HEADER_ROWS, narrowed
from dissectors.filter_grammar import FUNCTIONS, QUANTIFIERS, SIGNS
from dissectors.filter_questions import Cost, Plain, Question, carrying
from dissectors.filter_syntax import Compared, Listed, Syntax, Word, words_of
from dissectors.filter_view import Found, View
from dissectors.term_error import TermError
from workbench.api import UNDECODED, ProtocolSpec

__all__ = ["COMPARED_ONLY", "RESERVED", "Names", "fields_of"]

COMPARED_ONLY = frozenset(name for name in ALIASES if "." not in name and name not in HEADERS)
"""Short names of ours that mean nothing alone."""

_OURS = ("workbench", "note", "fuzz")
_LAYERS = frozenset(
    {name.partition(".")[0] for name in (*PACKET_FIELDS, *ALIASES, *MESSAGE_FACTS) if "." in name}
    | {name for name in HEADERS if "." not in name}
)
_KEYWORDS = ("and", "or", "not", "in", *FUNCTIONS, *QUANTIFIERS, *(sign for sign in SIGNS if sign.isidentifier()))

RESERVED = frozenset((*_LAYERS, *HEADERS, *COMPARED_ONLY, *_KEYWORDS, UNDECODED))
"""Words that mean something in a filter line or begin the names of other fields: a protocol called so could not be asked for."""

MOST_NAMED = 12
"""Names listed where none is near: a line of them."""


def fields_of(name: str, specs: Sequence[ProtocolSpec]) -> tuple[FieldNames, ...]:
    """The protocols whose fields begin like `name`; raises `TermError` when none of them can have a field called so."""
    prefix = name.lower().partition(".")[0]
    if prefix == UNDECODED and "." in name:
        owners = [FieldNames(UNDECODED, frozenset({"data"}), complete=True)]
    else:
        owners = [field_names(spec) for spec in specs if "." in name and spec.filter_prefix == prefix]
    wrong = [owner.wrong(name) for owner in owners]
    if owners and -1 not in wrong:
        raise TermError(f"no field is called {name}", remedy=owners[0].remedy(name), offset=max(wrong))
    return tuple(owners)


class Names:
    """What the words of a line can mean with these protocols installed."""

    def __init__(self, specs: Sequence[ProtocolSpec]) -> None:
        self.specs = tuple(specs)

    def protocol(self, word: Word) -> Question | None:
        """The question whether a packet has that protocol; None where the word names none."""
        name = word.text.lower()
        if name in HEADERS:
            return _header(name)
        protocols = frozenset(spec.name for spec in self.specs if name in (spec.name, spec.filter_prefix))
        transports = tuple({spec.wire for spec in self.specs if spec.name in protocols})
        if name == UNDECODED:
            protocols, transports = frozenset({UNDECODED}), ("tcp", "udp")
        if not protocols:
            return None

        def test(found: Found) -> bool:
            return found.value in protocols

        def holds(view: View) -> bool:
            return any(message.protocol in protocols for message in view.messages)

        return Question(
            name,
            Cost.MESSAGES,
            holds,
            carrying(transports),
            None,
            (MessageBytes(protocols, transports=transports),),
            Plain(("workbench.protocol",), test, "any"),
        )

    def source(self, word: Word, *, whole: bool = False) -> Source | None:
        """The values that a word stands for; None where it is the name of none. With `whole` the name of a protocol means its bytes, also
        where it is short for addresses (`ip`). Raises `TermError` for a name that nearly is one."""
        key = word.text.lower()
        if whole and key in HEADERS:
            return HeaderBytes(key)
        names = names_of(key)
        if names:
            return HeaderField(names, PACKET_FIELDS[names[0]])
        if key in MESSAGE_FACTS:
            return MessageField(key, MESSAGE_FACTS[key])
        if key in HEADERS:
            return HeaderBytes(key)
        if key == UNDECODED:
            return MessageBytes(frozenset({UNDECODED}))
        speaking = [spec for spec in self.specs if key in (spec.name, spec.filter_prefix)]
        if speaking:
            return MessageBytes(frozenset(spec.name for spec in speaking), transports=tuple({spec.wire for spec in speaking}))
        try:
            owned = fields_of(word.text, self.specs)
        except TermError as error:
            raise TermError(error.sentence, remedy=error.remedy, offset=word.at + error.offset) from None
        return self._field(word.text) if owned else None

    def certain(self, word: Word) -> Source | None:
        """The values of a word behind a comparison, where it is surely the name of a field."""
        key = word.text.lower()
        if "." not in key:
            return None
        if names_of(key) or key in MESSAGE_FACTS:
            return self.source(word)
        prefix = key.partition(".")[0]
        owners = [spec for spec in self.specs if spec.filter_prefix == prefix]
        if any(word.text in seen_names(spec) for spec in owners):
            return self._field(word.text)
        return None

    def _field(self, name: str) -> MessageField:
        prefix = name.lower().partition(".")[0]
        transports = {spec.wire for spec in self.specs if spec.filter_prefix == prefix}
        return MessageField(name, transports=tuple(sorted(transports)) or ("tcp", "udp"))

    def refuse(self, word: Word) -> None:
        """Raise for a word that looks like the name of a field that nobody has."""
        prefix = word.text.lower().partition(".")[0]
        if "." in word.text and prefix in (*_LAYERS, *_OURS):
            raise self.unknown(word)

    def unknown(self, word: Word) -> TermError:
        """What to say of a word that is the name of nothing."""
        name = word.text
        known = get_close_matches(name.lower(), tuple(self._known()), 1)
        begin = name.lower().partition(".")[0]
        alike = [field for field in (*PACKET_FIELDS, *ALIASES, *MESSAGE_FACTS) if field.startswith(f"{begin}.")]
        if known:
            remedy = f"Did you mean {known[0]}?"
        elif alike:
            remedy = f"Its fields are {', '.join(alike[:MOST_NAMED])}{' and others' if len(alike) > MOST_NAMED else ''}"
        else:
            remedy = "`workbench filters` lists names; text to look for goes in quotation marks"
        return TermError(f"there is nothing called {name} to compare", remedy=remedy, offset=word.at)

    def valueless(self, word: Word) -> TermError:
        """What to say of a name that is nothing without a value."""
        return TermError(f"{word.text} needs a value", remedy=f"Write {example(word.text.lower())}", offset=word.at)

    def doubt(self, syntax: Syntax) -> Callable[[], str] | None:
        """Something to say, once nothing was found, about names that may not exist."""
        for word in _words(syntax):
            key = word.text.lower()
            if names_of(key) or key in MESSAGE_FACTS or "." not in key:
                continue
            owners = [spec for spec in self.specs if spec.filter_prefix == key.partition(".")[0]]
            if owners and not any(field_names(spec).complete for spec in owners):
                return partial(_spelt, word.text, tuple(owners))
        return None

    def _known(self) -> Iterator[str]:
        yield from PACKET_FIELDS
        yield from ALIASES
        yield from MESSAGE_FACTS
        yield from (spec.filter_prefix for spec in self.specs)


def _spelt(name: str, owners: Sequence[ProtocolSpec]) -> str:
    """A doubt about a name; "" where the protocol's own examples have it."""
    seen = frozenset[str]().union(*map(seen_names, owners))
    if name in seen:
        return ""
    near = get_close_matches(name, seen, 1)
    return f"is {name} spelt right? " + (f"There is {near[0]}" if near else "It is not known which fields there are")


def _words(syntax: Syntax) -> Iterator[Word]:
    if isinstance(syntax, Compared):
        yield from words_of(syntax.left)
        yield from words_of(syntax.right)
    elif isinstance(syntax, Listed):
        yield from words_of(syntax.left)
    elif isinstance(syntax, Word) or hasattr(syntax, "at"):
        yield from words_of(syntax)  # type: ignore[arg-type]


def _header(name: str) -> Question:
    source = HeaderBytes(name)
    rows = HEADER_ROWS.get(name)

    def holds(view: View) -> bool:
        return bool(source.values(view))

    if rows is not None:
        return Question(name, Cost.COLUMNS, holds, rows, rows, (source,))
    return Question(name, Cost.HEADERS, holds, partial(narrowed, (name,)), None, (source,))

"""Records of a watched parse become a tree of fields: names, filter names, values, absolute places, and views of derived bytes."""

from typing import Any

from construct import Computed, Construct, Container, Index, ListContainer, Rebuild, Renamed, Tell

from dissectors.drafts import FieldDraft, field_of
from dissectors.explain import explain
from dissectors.places import WIRE, Place, Places
from dissectors.recording import TOLD, Record, Role
from dissectors.values import flag_fields, is_flags, plain
from workbench.api import Field

__all__ = ["Tree", "is_generated", "unnamed"]

MOST_NAMES = 10_000
"""Filter names kept per grammar: a recursive grammar makes a new one for every path through it."""

_UNNAMED = {
    **dict.fromkeys(("FormatField", "BytesInteger", "BitsInteger", "VarInt", "ZigZag"), "number"),
    **dict.fromkeys(("Transformed", "Restreamed"), "bits"),
    "Padded": "padding",
    "Const": "constant",
    "GreedyBytes": "bytes",
    "Struct": "group",
    "Sequence": "group",
}
"""What a field without a name is called, by its construct."""

_SCALARS = frozenset((int, bytes, str, bool, float))
# in this Python a member of an enum costs a call each time it is named
_MEMBER, _ELEMENT, _FOCUS, _EXTRA = Role.MEMBER, Role.ELEMENT, Role.FOCUS, Role.EXTRA
_DERIVED, _ELSEWHERE, _MORE = Role.DERIVED, Role.ELSEWHERE, Role.MORE

_STRUCTURES = frozenset((Container, ListContainer))
_GENERATED = (Computed, type(Tell), type(Index))


class Tree:
    """Builds the fields of one parse. `names` is kept between parses of one grammar: (path, name) to filter name."""

    def __init__(self, data: bytes, names: dict[tuple[str, str], str]) -> None:
        if len(names) > MOST_NAMES:
            names.clear()
        self._names = names
        self.places = Places(data)

    def root(self, record: Record, prefix: str) -> Field:
        """The field of the outermost record, called `prefix`."""
        node, start, _, _, _, stream, error = record
        self.places.begin(stream)
        found: list[Field] = []
        self._add(found, record, WIRE, prefix or node.name or "message", prefix)
        if found:
            return found[0]
        return field_of(prefix, start, start, None, (), prefix, "", _reason(error, WIRE))

    def _fill(self, out: list[Field], items: list[Record], stream: Any, place: Place, path: str, origin: Any) -> None:
        index = 0
        names = self._names
        for record in items:
            node, start, end, value, inner, its_stream, error = record
            role = node.role
            where = place if its_stream is stream else self.places.of(its_stream, origin)
            if role is _MEMBER:
                name = node.name
                if not name:
                    self._add(out, record, where, unnamed(node.construct), "", path)
                    continue
                abbrev = names.get((path, name)) or self._name(path, name)
                if not inner and where is WIRE and start != end and type(value) in _SCALARS and error is None:
                    draft: Any = FieldDraft(name, start, end, value, (), abbrev)
                    draft.__class__ = Field
                    out.append(draft)
                else:
                    self._add(out, record, where, name, abbrev)
            elif role is _ELEMENT:
                self._add(out, record, where, f"[{index}]", path)
                index += 1
            else:
                self._add_other(out, record, where, path)

    def _add_other(self, out: list[Field], record: Record, place: Place, path: str) -> None:
        node, start, end, _, inner, stream, error = record
        if node.role is _EXTRA:
            self._add(out, record, place, node.name, "")
        elif node.role is _MORE:
            here, _, bits = place.span(start, start)
            out.append(field_of(node.name, here, here, None, (), "", "more items than are shown", "", place.view, bits, True))
        elif node.role is _FOCUS and not inner:
            self._add(out, record, place, node.name, self._name(path, node.name))
        else:
            origin = (node.construct, place, start, end) if node.role is _DERIVED else None
            self._fill(out, inner, stream, place, path, origin)
            if error is not None and error is not TOLD:
                here, there, bits = place.span(start, end)
                name = node.name or unnamed(node.construct)
                out.append(field_of(name, here, there, None, (), "", "", _reason(error, place), place.view, bits))

    def _name(self, path: str, name: str) -> str:
        full = f"{path}.{name}" if path else name
        self._names[path, name] = full
        return full

    def _add(self, out: list[Field], record: Record, place: Place, name: str, abbrev: str, path: str | None = None) -> None:
        node, start, end, value, inner, stream, error = record
        if start == end and len(inner) == 1 and inner[0][0].role is _ELSEWHERE and inner[0][6] is None:
            _, start, end, _, inner, stream, _ = inner[0]
            place = self.places.of(stream, None)
        first, last, bits = (start, end, None) if place.plain else place.span(start, end)
        text = ""
        children: tuple[Field, ...] = ()
        kind = type(value)
        if inner:
            value, text = (None, "") if kind in _STRUCTURES else plain(value)
            below: list[Field] = []
            self._fill(below, inner, stream, place, abbrev if path is None else path, None)
            children = tuple(below)
        elif kind not in _SCALARS and value is not None:
            if is_flags(value):
                source = self.places.bytes_of(place, first, last)
                children = flag_fields(value, source, first, last, bits, place.view, abbrev)
            value, text = plain(value)
        generated = False
        if first == last:
            if error is None and not children and _says_nothing(record[3]):
                return
            generated = value is not None and is_generated(node.construct)
        out.append(field_of(name, first, last, value, children, abbrev, text, _reason(error, place), place.view, bits, generated))


def _reason(error: BaseException | None, place: Place) -> str:
    if error is None or error is TOLD:
        return ""
    return explain(error, "byte" if place.scale == 8 else "bit")


def _says_nothing(value: Any) -> bool:
    """Not an empty list or structure: those were there, with nothing inside."""
    return value is None or callable(value)


def _bare(construct: Construct) -> Construct:
    while isinstance(construct, Renamed | Rebuild):
        construct = construct.subcon
    return construct


def is_generated(construct: Construct) -> bool:
    """Whether the values of a construct are computed rather than read."""
    return isinstance(_bare(construct), _GENERATED)


def unnamed(construct: Construct) -> str:
    """What a field without a name is called."""
    kind = type(_bare(construct)).__name__
    return _UNNAMED.get(kind, kind.lower())

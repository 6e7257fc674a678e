"""Header blocks on the fast lane: straight from HPACK to the JSON that the decoder's fields give. See `skim.py`.

Most blocks of a connection have the same names in the same representations, so what follows from those is made once for each such shape.
What the decoder would remark on, and what is rare, ends the fast lane with `Unusual`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any, NamedTuple

from workbench_http2.header_fields import KNOWN, NUMERIC
from workbench_http2.header_table import ENTRY_OVERHEAD
from workbench_http2.hpack import Form
from workbench_http2.huffman import HuffmanError, huffman_decode
from workbench_http2.limits import DEFAULT_TABLE, MAX_LINES
from workbench_http2.rules import Kind, breaches, read_list
from workbench_http2.static_table import STATIC

__all__ = ["BlockSkimmer", "Shape", "Skimmed", "Unusual", "is_clean_request", "is_clean_response"]

_MOST_OCTETS = 65_536
"""A longer header list may be remarkable; the decoder finds out."""

_MOST_SHAPES = 4_096
"""Shapes remembered; a program sends a handful."""

_MOST_SHAPED = 65_536
"""Lines in all of these shapes, each about 80 bytes: a line of one octet must not fill the memory."""

_METHODS = frozenset((b"GET", b"POST", b"HEAD", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"))
_SCHEMES = frozenset((b"http", b"https"))
_STATUSES = frozenset(b"%d" % status for status in range(200, 600))
_SPECIAL = frozenset((b"host", b"te", b":protocol"))
"""With these the rules look at several values together."""

_FIRST = len(STATIC)

_FORMS = (
    f"{Form.INDEXED.value[0]}",
    *(
        f"{form.value[0]} - {name}"
        for form in (Form.INCREMENTAL, Form.NEVER, Form.WITHOUT)
        for name in ("Indexed Name", "New Name")
    ),
)
_REPRESENTATIONS = tuple(encode_basestring_ascii(form) for form in _FORMS)
"""By the three low bits of a line's code; the others number its name."""

_NEW = 1
_INCREMENTAL, _NEVER, _WITHOUT = 1, 3, 5


class Unusual(Exception):  # noqa: N818 - it is a way out, not an error
    """Something the decoder has to look at."""


_Entry = tuple[int, str, str, bytes]
"""A header field in a table: the code of its name, its value's length and its value in JSON, and its value."""


@dataclass(slots=True)
class Shape:
    """What all blocks with the same names in the same representations have in common.

    `own` picks the values that have members of their own; `numeric` are the places of those that are numbers. Places count lines.
    """

    names: tuple[bytes, ...]
    octets: int
    before: str
    between: str
    behind: str
    members: str
    own: Callable[[Sequence[str]], Any]
    numeric: tuple[int, ...]
    places: dict[bytes, int]
    special: bool
    good_request: bool | None = None
    good_response: bool | None = None


class Skimmed(NamedTuple):
    """A block: its shape, its values and their JSON, the members of its fields, and the size of the list (RFC 9113 6.5.2)."""

    shape: Shape
    values: Sequence[bytes]
    texts: Sequence[str]
    text: str
    size: int


class _Names:
    """Names and their codes."""

    def __init__(self, names: Sequence[bytes] = ()) -> None:
        self.names = list(names)
        self.codes = {name: place << 3 for place, name in enumerate(names)}

    def code(self, name: bytes) -> int:
        """A multiple of eight."""
        code = self.codes.get(name)
        if code is None:
            if len(self.names) >= _MOST_SHAPES:
                raise Unusual
            code = self.codes[name] = len(self.names) << 3
            self.names.append(name)
        return code


def _integer(data: bytes, at: int, end: int, most: int) -> tuple[int, int]:
    """An integer with a prefix of the bits in `most`, and the place behind it."""
    value = data[at] & most
    at += 1
    shift = 0
    while value >= most:
        if at >= end or shift > 21:
            raise Unusual
        byte = data[at]
        at += 1
        value += (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return value, at


def _string(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """A string literal, and the place behind it."""
    if at >= end:
        raise Unusual
    byte = data[at]
    size = byte & 0x7F
    at += 1
    if size == 0x7F:
        size, at = _integer(data, at - 1, end, 0x7F)
    stop = at + size
    if stop > end:
        raise Unusual
    if byte < 0x80:
        return data[at:stop], stop
    try:
        return huffman_decode(data[at:stop]), stop
    except HuffmanError:
        raise Unusual from None


def _shown(value: bytes) -> tuple[str, str]:
    """Length and text of a value, as JSON has them."""
    text = value.decode("latin-1")
    if not (text.isprintable() and text.isascii() and text == text.strip()):
        raise Unusual
    return str(len(value)), encode_basestring_ascii(text)


@cache
def _static() -> tuple[tuple[bytes, ...], tuple[_Entry, ...]]:
    """The names of the static table and its entries."""
    names = _Names()
    entries = tuple((names.code(name), str(len(value)), f'"{value.decode()}"', value) for name, value in STATIC)
    return tuple(names.names), entries


class BlockSkimmer:
    """The header blocks of one direction, in order."""

    def __init__(self) -> None:
        names, self._static = _static()
        self._names = _Names(names)
        self._entries: list[_Entry] = []
        """Oldest first; those before `_oldest` are gone."""
        self._oldest = 0
        self._size = 0
        self._shapes: dict[tuple[int, ...], Shape] = {}
        self._shaped = 0
        """Lines in these."""

    def read(self, data: bytes, at: int, end: int) -> Skimmed:
        """The block at `data[at:end]`."""
        static, entries, oldest = self._static, self._entries, self._oldest
        lines: list[_Entry] = []
        indexes: list[int] = []
        add, add_index = lines.append, indexes.append
        while at < end:
            byte = data[at]
            if byte > 0x80:
                index, at = (byte & 0x7F, at + 1) if byte < 0xFF else _integer(data, at, end, 0x7F)
                if index < _FIRST:
                    add(static[index])
                else:
                    place = len(entries) + _FIRST - 1 - index
                    if place < oldest:
                        raise Unusual
                    add(entries[place])
                add_index(index)
            else:
                if byte >= 0x40:
                    form, most = _INCREMENTAL, 0x3F
                elif byte < 0x20:
                    form, most = (_NEVER, 0x0F) if byte >= 0x10 else (_WITHOUT, 0x0F)
                else:
                    raise Unusual
                index = byte & most
                at += 1
                if index == most:
                    index, at = _integer(data, at - 1, end, most)
                if index:
                    code = self._find(index)[0]
                    add_index(index)
                else:
                    name, at = _string(data, at, end)
                    code = self._names.code(name)
                    form += _NEW
                value, at = _string(data, at, end)
                length, text = _shown(value)
                add((code | form, length, text, value))
                if byte >= 0x40:
                    self._add((code, length, text, value))
                    oldest = self._oldest
        if at != end or not lines:
            raise Unusual
        codes, lengths, texts, values = zip(*lines, strict=True)
        return self._show(codes, lengths, texts, values, indexes)

    def _find(self, index: int) -> _Entry:
        if index < _FIRST:
            return self._static[index]
        place = len(self._entries) + _FIRST - 1 - index
        if place < self._oldest:
            raise Unusual
        return self._entries[place]

    def _add(self, entry: _Entry) -> None:
        entries, names = self._entries, self._names.names
        entries.append(entry)
        self._size += len(names[entry[0] >> 3]) + len(entry[3]) + ENTRY_OVERHEAD
        while self._size > DEFAULT_TABLE:
            code, _, _, value = entries[self._oldest]
            self._size -= len(names[code >> 3]) + len(value) + ENTRY_OVERHEAD
            self._oldest += 1

    def _show(
        self,
        codes: tuple[int, ...],
        lengths: Sequence[str],
        texts: Sequence[str],
        values: Sequence[bytes],
        indexes: Sequence[int],
    ) -> Skimmed:
        shape = self._shapes.get(codes)
        if shape is None:
            self._shaped += len(codes)
            if len(codes) > MAX_LINES or len(self._shapes) >= _MOST_SHAPES or self._shaped > _MOST_SHAPED:
                raise Unusual
            shape = self._shapes[codes] = self._shape(codes)
        count = len(codes)
        octets = shape.octets + sum(map(len, values))
        size = octets + 24 * count
        if size > _MOST_OCTETS:
            raise Unusual
        own = texts
        if shape.numeric:
            numbers = list(texts)
            for place in shape.numeric:
                numbers[place] = _number(values[place])
            own = numbers
        text = f'"http2.header.length":{octets}{shape.before}{",".join(lengths)}{shape.between}{",".join(texts)}{shape.behind}'
        if indexes:
            text += f',"http2.header.index":{_list([*map(str, indexes)])}'
        return Skimmed(shape, values, texts, text + shape.members % shape.own(own), size)

    def _shape(self, codes: tuple[int, ...]) -> Shape:
        names = tuple([self._names.names[code >> 3] for code in codes])
        lengths = _list([str(len(name)) for name in names])
        shown = _list([encode_basestring_ascii(name.decode("latin-1")) for name in names])
        first, last = ("[", "]") if len(names) > 1 else ("", "")
        before = f',"http2.header.count":{len(codes)},"http2.header.name.length":{lengths},"http2.header.name":{shown}'
        before += f',"http2.header.value.length":{first}'
        between = f'{last},"http2.header.value":{first}'
        behind = f'{last},"http2.header.repr":{_list([_REPRESENTATIONS[code & 7] for code in codes])}'
        own: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            if name in KNOWN:
                own.setdefault(KNOWN[name], []).append(place)
        members = "".join(f',"{abbrev}":{_list(["%s"] * len(places))}' for abbrev, places in own.items())
        picked = [place for places in own.values() for place in places]
        places = {name: place for place, name in reversed(list(enumerate(names)))}
        numeric = tuple(place for place, name in enumerate(names) if name in NUMERIC)
        special = not _SPECIAL.isdisjoint(names) or names.count(b"content-length") > 1
        # two places at least, so that there is always a tuple
        pick = itemgetter(*picked) if len(picked) > 1 else (lambda texts: tuple(texts[place] for place in picked))
        octets = sum(map(len, names)) + 8 * len(names)
        return Shape(names, octets, before, between, behind, members, pick, numeric, places, special)


def _list(values: Sequence[str]) -> str:
    """One value stands for itself, several are a list."""
    return values[0] if len(values) == 1 else f"[{','.join(values)}]"


def _number(value: bytes) -> str:
    if not value.isdigit() or len(value) > 15:
        raise Unusual
    return str(int(value))


def is_clean_request(block: Skimmed) -> bool:
    """Whether the rules about header sections have nothing to say about a request."""
    shape, values = block.shape, block.values
    good = shape.good_request
    if good is None or shape.special:
        good = shape.good_request = _is_good(block, Kind.REQUEST)
    if not good:
        return False
    places = shape.places
    authority = places.get(b":authority")
    return (
        values[places[b":method"]] in _METHODS
        and values[places[b":scheme"]] in _SCHEMES
        and values[places[b":path"]][:1] == b"/"
        and authority is not None
        and b"@" not in values[authority]
    )


def is_clean_response(block: Skimmed) -> bool:
    """The same about a response."""
    shape = block.shape
    good = shape.good_response
    if good is None or shape.special:
        good = shape.good_response = _is_good(block, Kind.RESPONSE)
    return good and block.values[shape.places[b":status"]] in _STATUSES


def _is_good(block: Skimmed, kind: Kind) -> bool:
    """About the names: once for each shape."""
    return not any(breaches(read_list(list(zip(block.shape.names, block.values, strict=True))), kind))

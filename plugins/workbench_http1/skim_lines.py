"""Header sections as JSON text, line by line and remembered: most lines of a connection are those of the message before.

For the fast lane only. Whatever would make the decoder write a note, or change how long a body is in any but the plain way, raises
`OddError`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from workbench_http1.fields import ABBREVS
from workbench_http1.headers import CLEAN
from workbench_http1.limits import MAX_LENGTH_DIGITS
from workbench_http1.phrases import PHRASES
from workbench_http1.rules import HOST
from workbench_http1.startline import TOKEN, maybe_status_line, text_of

__all__ = ["OddError", "Section", "Sections", "StatusText", "read_status"]

MOST_LINES = 16_384
"""Lines remembered at a time; most of those that differ each time (dates, cookies) are never seen again."""

MOST_IN_SECTION = 200
"""Lines of a section in the fast lane; twice what Apache accepts."""

_LENGTH, _CODED, _HOST, _TYPE, _ENCODED, _SWITCHING, _EXPECTING = range(1, 8)
_KINDS = {
    "content-length": _LENGTH,
    "transfer-encoding": _CODED,
    "host": _HOST,
    "content-type": _TYPE,
    "content-encoding": _ENCODED,
    "upgrade": _SWITCHING,
    "expect": _EXPECTING,
}
_VALUE = re.compile(CLEAN.pattern[CLEAN.pattern.index(b"[ \\t]*(") : -len(b"\\r\\n")])

# the sum of a section's marks tells in one look whether any header with a name of its own stands there twice: two bits for each
_MARKS = {key: 1 << 2 * place for place, key in enumerate(sorted(ABBREVS))}
_TWICE = sum(mark << 1 for mark in _MARKS.values())


class OddError(ValueError):
    """The decoder should read this."""


class Section(NamedTuple):
    """The JSON members of all lines after the first one, each with a comma in front, and what they mean for the message."""

    lines: str = ""
    named: str = ""
    length: int | None = None
    chunked: bool = False
    host: str | None = None
    kind: str = ""
    """Media type, as the summary shows it; "" without one."""
    encoded: bool = False
    switching: bool = False
    """It has an Upgrade field."""


class StatusText(NamedTuple):
    """A status line: its code, its text, and its members."""

    code: int
    text: str
    fields: str


_Line = tuple[str, str, int, int, str]
"""A line: as a JSON string, its member, its mark, its kind (0 for most), and its value where the kind wants it."""

_NOTHING = Section()


class Sections:
    """Reads the sections of one kind of message, whose whole lines are called `name`."""

    def __init__(self, name: str) -> None:
        self._one, self._many = f',"{name}":', f',"{name}":['
        self._lines: dict[bytes, _Line] = {}
        self._names: dict[bytes, tuple[str, str, int, int]] = {}

    def read(self, raw: bytes) -> Section:
        """The lines between start line and empty line, without the last line's end."""
        if not raw:
            return _NOTHING
        known, make = self._lines.get, self._make
        lines = [known(piece) or make(piece) for piece in raw.split(b"\r\n")]
        count = len(lines)
        if count > MOST_IN_SECTION:
            raise OddError
        several = sum([line[2] for line in lines]) & _TWICE
        named = _grouped(lines) if several else "".join([line[1] for line in lines])
        texts = self._one + lines[0][0] if count == 1 else self._many + ",".join([line[0] for line in lines]) + "]"
        return _meaning(texts, named, [line for line in lines if line[3]])

    def _make(self, raw: bytes) -> _Line:
        name, colon, rest = raw.partition(b":")
        about = self._names.get(name)
        if about is None:
            about = self._names[name] = _about(name)
            if len(self._names) > MOST_LINES:
                self._names.clear()
        match = _VALUE.fullmatch(rest)
        if match is None or not colon:
            raise OddError
        prefix, member, mark, kind = about
        content = match[1].rstrip(b" \t")
        value = quoted(text_of(content))
        text = prefix + quoted(text_of(rest))[1:-1] + '\\r\\n"'
        bare = text_of(content) if kind else ""
        if kind:
            _refuse_odd(kind, content)
            if kind == _LENGTH:
                value += f',"http.content_length":{bare}'
        if len(self._lines) >= MOST_LINES:
            self._lines.clear()
        line = self._lines[raw] = (text, member + value if member else "", mark, kind, bare)
        return line


def _about(name: bytes) -> tuple[str, str, int, int]:
    """What is the same for all lines of that name: how their text and their member begin, their mark and kind."""
    if not TOKEN.fullmatch(name):
        raise OddError
    shown = name.decode("ascii")
    key = shown.lower()
    abbrev = ABBREVS.get(key, "")
    return f'"{shown}:', f',"{abbrev}":' if abbrev else "", _MARKS.get(key, 0), _KINDS.get(key, 0)


def _refuse_odd(kind: int, content: bytes) -> None:
    if kind == _LENGTH:
        plain = content == b"0" or (content.isdigit() and content[:1] != b"0" and len(content) < MAX_LENGTH_DIGITS - 1)
    elif kind == _HOST:
        plain = HOST.fullmatch(content) is not None
    elif kind == _CODED:
        plain = content.lower() == b"chunked"
    else:
        plain = kind != _EXPECTING or content.lower() == b"100-continue"
    if not plain:
        raise OddError


def _grouped(lines: Sequence[_Line]) -> str:
    """The members where a header with a name of its own stands there twice: one list for all of its lines."""
    values: dict[str, list[str]] = {}
    for line in lines:
        if line[1]:
            name, _, value = line[1].partition(":")
            values.setdefault(name, []).append(value)
    return "".join([f"{name}:{found[0]}" if len(found) == 1 else f"{name}:[{','.join(found)}]" for name, found in values.items()])


def _meaning(texts: str, named: str, special: Sequence[_Line]) -> Section:
    length: int | None = None
    host: str | None = None
    kind = ""
    chunked = encoded = switching = typed = False
    for _, _, _, which, bare in special:
        if which == _TYPE:
            kind = kind if typed else bare.partition(";")[0]
            typed = True
        elif which == _LENGTH:
            if length is not None or chunked:
                raise OddError
            length = int(bare)
        elif which == _HOST:
            if host is not None:
                raise OddError
            host = bare
        elif which == _CODED:
            if chunked or length is not None:
                raise OddError
            chunked = True
        elif which == _ENCODED:
            encoded = True
        elif which == _SWITCHING:
            switching = True
    return Section(texts, named, length, chunked, host, kind, encoded, switching)


@lru_cache(maxsize=1024)
def read_status(raw: bytes) -> StatusText:
    """A status line without its end."""
    start = maybe_status_line(raw)
    if start is None or start.notes or start.code is None or raw[:7] != b"HTTP/1.":
        raise OddError
    version, phrase, name = text_of(start.part(start.version)), text_of(start.part(start.phrase)), PHRASES.get(start.code, "")
    fields = f'"http.response.version":{quoted(version)},"http.response.code":{start.code}'
    fields += f',"http.response.code.desc":{quoted(name)}' if name else ""
    fields += f',"http.response.phrase":{quoted(phrase)}' if phrase else ""
    return StatusText(start.code, text_of(raw), fields)

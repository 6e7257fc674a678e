"""Header sections as JSON text, remembered: but for a few values, most sections of a connection are those of the messages before.

A section is taken apart at the lines that usually differ; what is left is looked up, and gives a template into which the values go. For
the fast lane only: whatever would make the decoder write a note, or change how long a body is in any but the plain way, raises `OddError`.
"""

import re
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from workbench_http1.fields import ABBREVS
from workbench_http1.headers import CLEAN
from workbench_http1.limits import MAX_LENGTH_DIGITS
from workbench_http1.phrases import PHRASES
from workbench_http1.rules import HOST
from workbench_http1.startline import TOKEN, maybe_status_line, text_of

__all__ = ["Meaning", "OddError", "StatusText", "read_section", "read_status"]

MOST_SHAPES = 4_096
"""Sections without their values that are remembered at a time."""

MOST_REMEMBERED = 8 * 1024
"""Octets of a section that is remembered: what most servers accept. The shapes then take 100 MB at worst; a section may have 256 KB."""

MOST_IN_STATUS = 1_024
"""Octets of a status line in the fast lane: they are remembered, too, and have about 30."""

MOST_IN_SECTION = 200
"""Lines of a section in the fast lane; twice what Apache accepts."""

_CHANGING = (
    b"Age Content-Length Content-Range Cookie Date ETag If-Modified-Since If-None-Match Last-Modified Range Referer Request-Id "
    b"Traceparent X-Amz-Cf-Id X-Amz-Request-Id X-Correlation-Id X-Request-Id X-Runtime X-Timer CF-RAY Expires"
)
"""Lines that usually differ from message to message, in their usual spellings."""

_HOLES = re.compile(rb"(\r\n(?:%b): )([!-~](?:[ -~]*[!-~])?)(?=\r\n)" % b"|".join(_CHANGING.split()))
"""Such a line with a plain value; in front of it the end of the line before."""

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


class OddError(ValueError):
    """The decoder should read this."""


class Meaning(NamedTuple):
    """What a section means for its message."""

    chunked: bool = False
    host: str | None = None
    kind: str | None = None
    """Media type, as the summary shows it."""
    encoded: bool = False
    switching: bool = False
    """It has an Upgrade field."""


class StatusText(NamedTuple):
    """A status line: its code, its text, and its members."""

    code: int
    text: str
    fields: str


class _Shape(NamedTuple):
    """A section without the values of its changing lines. The templates take values, each of which may be wanted several times."""

    lines: str
    named: str
    wanted: tuple[int, ...]
    """Which values the second template takes, in its order."""
    length: int
    """Which value is the Content-Length; -1 for none."""
    meaning: Meaning


class _Line(NamedTuple):
    """One line, made for a template."""

    text: str
    member: str
    holes: int
    """How often its value is wanted in the member; 0 where the line keeps its value."""
    kind: int
    content: bytes


_NOTHING = ("", "", None, Meaning())


def read_section(name: str, raw: bytes) -> tuple[str, str, int | None, Meaning]:
    """The lines between start line and empty line of a message whose whole lines are called `name`; `raw` begins with the end of the
    start line and ends with that of the last line.

    Gives the members for whole lines and for named fields, each with a comma in front; Content-Length; and what else counts.
    """
    if len(raw) < 4:
        return _NOTHING
    parts = _HOLES.split(raw)
    values = parts[2::3]
    del parts[2::3]
    shape_of = _shape if len(raw) <= MOST_REMEMBERED else _shape.__wrapped__
    lines, named, wanted, place, meaning = shape_of(name, *parts)
    if not values:
        return lines % (), named % (), None, meaning
    texts = [value.decode() for value in values]
    length = _length(values[place]) if place >= 0 else None
    for at, text in enumerate(texts):
        if '"' in text or "\\" in text:
            texts[at] = quoted(text)[1:-1]
    return lines % (*texts,), named % (*[texts[at] for at in wanted],), length, meaning


@lru_cache(maxsize=MOST_SHAPES)
def _shape(name: str, *parts: bytes) -> _Shape:
    """From the pieces around the values: kept lines, and beginnings of lines whose value is open, in turn."""
    lines: list[_Line] = []
    for at, part in enumerate(parts):
        if at % 2:
            lines.append(_open_line(part[2:-2]))
        else:
            lines += [_kept_line(piece) for piece in part.split(b"\r\n") if piece]
    # an empty piece between two lines would be the end of the section, which the caller has found already
    if len(lines) > MOST_IN_SECTION:
        raise OddError
    texts = [line.text for line in lines]
    whole = f',"{name}":{texts[0]}' if len(texts) == 1 else f',"{name}":[{",".join(texts)}]'
    named, wanted = _members(lines)
    open_lines = [line for line in lines if not line.content]
    lengths = [at for at, line in enumerate(open_lines) if line.kind == _LENGTH]
    meaning = _meaning(lines)
    if len(lengths) > 1 or (lengths and meaning.chunked) or any(line.kind == _LENGTH and line.content for line in lines):
        raise OddError
    return _Shape(whole, named, wanted, lengths[0] if lengths else -1, meaning)


def _members(lines: list[_Line]) -> tuple[str, tuple[int, ...]]:
    """The template for named fields and the values it takes; a name that stands there twice has one list for all of its lines."""
    groups: dict[str, list[tuple[str, list[int]]]] = {}
    place = 0
    for line in lines:
        name, _, value = line.member.partition(":")
        if name:
            groups.setdefault(name, []).append((value, [place] * line.holes))
        place += not line.content
    texts = [[value for value, _ in group] for group in groups.values()]
    template = "".join(
        f"{name}:{values[0]}" if len(values) == 1 else f"{name}:[{','.join(values)}]"
        for name, values in zip(groups, texts, strict=True)
    )
    return template, tuple(at for group in groups.values() for _, places in group for at in places)


def _open_line(name: bytes) -> _Line:
    prefix, member, kind = _about(name)
    if kind == _LENGTH:
        return _Line(f'{prefix} %s\\r\\n"', f'{member}"%s","http.content_length":%s', 2, kind, b"")
    return _Line(f'{prefix} %s\\r\\n"', f'{member}"%s"' if member else "", bool(member), kind, b"")


def _kept_line(raw: bytes) -> _Line:
    name, colon, rest = raw.partition(b":")
    prefix, member, kind = _about(name)
    match = _VALUE.fullmatch(rest)
    if match is None or not colon:
        raise OddError
    content = match[1].rstrip(b" \t")
    if kind:
        _refuse_odd(kind, content)
    text = prefix + quoted(text_of(rest))[1:-1] + '\\r\\n"'
    value = member + quoted(text_of(content)) if member else ""
    return _Line(text.replace("%", "%%"), value.replace("%", "%%"), 0, kind, content or b" ")


def _about(name: bytes) -> tuple[str, str, int]:
    """What is the same for all lines of that name: how their text and their member begin, and their kind."""
    if not TOKEN.fullmatch(name):
        raise OddError
    shown = name.decode("ascii")
    key = shown.lower()
    abbrev = ABBREVS.get(key, "")
    return f'"{shown}:', f',"{abbrev}":' if abbrev else "", _KINDS.get(key, 0)


def _length(content: bytes) -> int:
    if content != b"0" and (not content.isdigit() or content[:1] == b"0" or len(content) >= MAX_LENGTH_DIGITS - 1):
        raise OddError
    return int(content)


def _refuse_odd(kind: int, content: bytes) -> None:
    if kind == _LENGTH:
        plain = False  # in another spelling, or with an odd value
    elif kind == _HOST:
        plain = HOST.fullmatch(content) is not None
    elif kind == _CODED:
        plain = content.lower() == b"chunked"
    else:
        plain = kind != _EXPECTING or content.lower() == b"100-continue"
    if not plain:
        raise OddError


def _meaning(lines: list[_Line]) -> Meaning:
    found: dict[int, str] = {}
    for line in lines:
        if line.kind in (_HOST, _CODED, _SWITCHING) and line.kind in found:
            raise OddError
        if line.kind:
            found.setdefault(line.kind, text_of(line.content).strip(" "))
    kind = found[_TYPE].partition(";")[0] if _TYPE in found else None
    return Meaning(_CODED in found, found.get(_HOST), kind, _ENCODED in found, _SWITCHING in found)


@lru_cache(maxsize=1024)
def read_status(raw: bytes) -> StatusText:
    """A status line without its CRLF. With a bare LF in it, it would end there for the decoder."""
    if len(raw) > MOST_IN_STATUS:
        raise OddError
    start = maybe_status_line(raw)
    if start is None or start.notes or start.code is None or raw[:7] != b"HTTP/1." or b"\n" in raw:
        raise OddError
    version, phrase, name = text_of(start.part(start.version)), text_of(start.part(start.phrase)), PHRASES.get(start.code, "")
    fields = f'"http.response.version":{quoted(version)},"http.response.code":{start.code}'
    fields += f',"http.response.code.desc":{quoted(name)}' if name else ""
    fields += f',"http.response.phrase":{quoted(phrase)}' if phrase else ""
    return StatusText(start.code, text_of(raw), fields)

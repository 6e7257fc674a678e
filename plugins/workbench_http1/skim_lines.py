"""Header sections as JSON text, line by line and remembered: most lines of a connection are those of the message before.

For the fast lane only. Whatever would make the decoder write a note, or change how long a body is in any but the plain way, raises
`OddError`.
"""

from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import NamedTuple

from workbench_http1.fields import ABBREVS
from workbench_http1.headers import CLEAN
from workbench_http1.limits import MAX_LENGTH_DIGITS
from workbench_http1.phrases import PHRASES
from workbench_http1.rules import HOST
from workbench_http1.startline import maybe_status_line, text_of

__all__ = ["OddError", "Section", "StatusText", "read_section", "read_status"]

MOST_LINES = 16_384
"""Lines remembered; those that differ each time (dates, cookies) push each other out."""

MOST_IN_SECTION = 200
"""Lines of a section in the fast lane; twice what Apache accepts."""

_PLAIN, _LENGTH, _CODED, _HOST, _TYPE, _ENCODED, _SWITCHING = range(7)
_KINDS = {
    "content-length": _LENGTH,
    "transfer-encoding": _CODED,
    "host": _HOST,
    "content-type": _TYPE,
    "content-encoding": _ENCODED,
    "upgrade": _SWITCHING,
}


class OddError(ValueError):
    """The decoder should read this."""


class Section(NamedTuple):
    """The JSON members of all lines after the first one, each with a comma in front, and what they mean for the message."""

    lines: str
    named: str
    length: int | None
    chunked: bool
    host: str
    kind: str
    """Media type, as the summary shows it; "" without one."""
    encoded: bool
    switching: bool
    """It has an Upgrade field."""


class StatusText(NamedTuple):
    """A status line: its code, its text, and its members."""

    code: int
    text: str
    fields: str


class _Line(NamedTuple):
    text: str
    """The whole line as a JSON string."""
    abbrev: str
    content: str
    kind: int
    bare: str
    """The value as it is."""


@lru_cache(maxsize=MOST_LINES)
def _line(raw: bytes) -> _Line:
    match = CLEAN.fullmatch(raw + b"\r\n")
    if match is None:
        raise OddError
    content = match[2].rstrip(b" \t")
    key = match[1].decode("ascii").lower()
    kind = _KINDS.get(key, _PLAIN)
    if kind == _LENGTH:
        plain = content == b"0" or (content.isdigit() and content[:1] != b"0" and len(content) < MAX_LENGTH_DIGITS - 1)
        if not plain:
            raise OddError
    elif (kind == _CODED and content.lower() != b"chunked") or (kind == _HOST and not HOST.fullmatch(content)):
        raise OddError
    if key == "expect" and content.lower() != b"100-continue":
        raise OddError
    bare = text_of(content)
    return _Line(quoted(text_of(raw) + "\r\n"), ABBREVS.get(key, ""), quoted(bare), kind, bare)


def read_section(raw: bytes, name: str) -> Section:
    """The lines between start line and empty line, without the last line's end; `name` is what whole lines are called."""
    if not raw:
        return Section("", "", None, False, "", "", False, False)
    texts: list[str] = []
    named: dict[str, str] = {}
    several: set[str] = set()
    length, chunked, host, kind, encoded, switching = None, False, None, None, False, False
    for piece in raw.split(b"\r\n"):
        text, abbrev, content, which, bare = _line(piece)
        texts.append(text)
        if abbrev:
            if abbrev in named:
                named[abbrev] += "," + content
                several.add(abbrev)
            else:
                named[abbrev] = content
        if which:
            if which == _LENGTH:
                if length is not None:
                    raise OddError
                length = int(bare)
                named["http.content_length"] = bare
            elif which == _CODED:
                if chunked:
                    raise OddError
                chunked = True
            elif which == _HOST:
                if host is not None:
                    raise OddError
                host = bare
            elif which == _TYPE:
                kind = bare.partition(";")[0] if kind is None else kind
            elif which == _ENCODED:
                encoded = True
            else:
                switching = True
    if len(texts) > MOST_IN_SECTION or (chunked and length is not None):
        raise OddError
    for abbrev in several:
        named[abbrev] = f"[{named[abbrev]}]"
    lines = f',"{name}":{texts[0]}' if len(texts) == 1 else f',"{name}":[{",".join(texts)}]'
    members = "".join([f',"{abbrev}":{content}' for abbrev, content in named.items()])
    return Section(lines, members, length, chunked, host or "", kind or "", encoded, switching)


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

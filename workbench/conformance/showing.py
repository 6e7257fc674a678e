"""Turns of a transcript as lines for people: which way, which connection, and the bytes, escaped as text or in hex."""

from collections.abc import Iterator, Sequence

from dissectors.text import safe
from workbench.conformance.transcript import Turn

__all__ = ["LINES", "turn_lines"]

LINES = 40
"""Lines of one transcript: two screens. The rest is in the JSON report and the transcript file."""

WIDTH = 100
"""Characters of bytes in a line."""

MOSTLY_TEXT = 0.85
"""Share of printable bytes above which bytes are shown as text: heads of HTTP with some binary content behind are still read best so."""

_SHOWN = [safe(chr(octet)) if octet < 0x80 else f"\\x{octet:02x}" for octet in range(256)]
"""Each octet in a line of text. Above ASCII nobody knows which letters are meant, and which octets they are must be seen."""

_MARKS = {"sent": ">", "received": "<"}
_SAID = {
    "finished": "> (we will send no more)",
    "closed": "< (the target closed the connection)",
    "reset": "< (the target reset the connection)",
    "crashed": "! the server raised ",
}


def turn_lines(turns: Sequence[Turn]) -> Iterator[str]:
    """At most about `LINES` lines, the beginning and the end of a longer transcript."""
    several = any(turn.connection > 1 for turn in turns)
    lines = [line for turn in turns for line in _lines(turn, f"{turn.connection} " if several else "")]
    if len(lines) <= LINES:
        yield from lines
        return
    yield from lines[: LINES // 2]
    yield f"… {len(lines) - LINES} more lines …"
    yield from lines[-LINES // 2 :]


def _lines(turn: Turn, number: str) -> Iterator[str]:
    if turn.kind not in _MARKS:
        yield f"{number}{_SAID[turn.kind]}{safe(turn.data.decode('utf-8', 'replace'))}"
        return
    mark = f"{number}{_MARKS[turn.kind]} "
    for line in _text(turn.data) if _is_text(turn.data) else _hex(turn.data):
        yield mark + line
    if turn.size > len(turn.data):
        yield f"{mark}… {turn.size - len(turn.data):,} more bytes"


def _is_text(data: bytes) -> bool:
    return sum(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in data) >= MOSTLY_TEXT * len(data)


def _text(data: bytes) -> Iterator[str]:
    """A line for each line of the data, long ones cut into several, with its end visible."""
    for line in data.split(b"\n")[:-1]:
        yield from _pieces("".join(_SHOWN[octet] for octet in line) + "\\n")
    last = data.rpartition(b"\n")[2]
    if last:
        yield from _pieces("".join(_SHOWN[octet] for octet in last))


def _hex(data: bytes) -> Iterator[str]:
    yield from _pieces(data.hex(" "))


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), WIDTH):
        yield text[start : start + WIDTH]

"""All frames of a whole conversation as JSON text: the fast lane of `workbench dissect --format ndjson`.

Unfragmented text and binary messages without compression are nearly all traffic, and are written straight from their bytes, with the words
around them kept by the two bytes that their headers begin with. Every other frame takes the decoder's way to its message.
"""

from collections.abc import Callable
from json import dumps
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from workbench.api import Dialogue, Direction, Limits, Message, Skim, SkimmedRow
from workbench_websocket.agreement import Agreement, agree
from workbench_websocket.frames import read_head
from workbench_websocket.masking import masked
from workbench_websocket.messages import Place
from workbench_websocket.opcodes import BINARY, NAMES, TEXT
from workbench_websocket.payloads import EXCERPT, excerpt
from workbench_websocket.reading import FrameReader

__all__ = ["skim"]

_UP = Direction.TO_SERVER
_NAMES = {Direction.TO_SERVER: "to_server", Direction.TO_CLIENT: "to_client"}
_EXTENDED = 126
"""The 7-bit length that announces two bytes more, and the smallest length that needs them."""

_LONGEST = Limits().message
_ZERO_KEY = bytes(4)

_Mask = Callable[[bytes, bytes], bytes]
_Writer = Callable[[bytes, int, str, str], str]
_Words = tuple[_Writer, int, str, str]
"""Who writes the row, the 7-bit length, and the text up to the length in the summary, and from the summary's end to the 7-bit length."""


def skim(dialogue: Dialogue) -> Skim | None:
    """Rows of both directions; None for conversations whose handshake is unknown or wrong, and for streams that break off in a frame."""
    agreement = agree(dialogue.facts)
    if not agreement.seen or agreement.remarks:
        return None
    rows: list[SkimmedRow] = []
    for direction in Direction:
        found = _rows(direction, dialogue.data[direction], agreement)
        if found is None:
            return None
        rows += found
    return Skim(rows)


def _masking() -> _Mask:
    """The quickest way to unmask: the library's C function where it is installed, our own where not. Both take (data, key)."""
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return masked
    return apply_mask


def _rows(direction: Direction, data: bytes, agreement: Agreement) -> list[SkimmedRow] | None:
    """One direction; None where a frame is not there whole. One loop, since it runs a million times."""
    rows: list[SkimmedRow] = []
    add = rows.append
    reader = FrameReader(direction, agreement)
    unmask = _masking() if direction is _UP else None
    known: dict[bytes, _Words | None] = {}
    at, size = 0, len(data)
    calm = True  # neither inside a fragmented message nor behind a Close
    while at < size:
        begin = data[at : at + 2]
        if begin in known:
            words = known[begin]
        else:
            words = known[begin] = _words(begin, direction, agreement)
        if words is not None and calm:
            shown, length, before, behind = words
            start = at + 2
            if length == _EXTENDED:
                length = data[start] << 8 | data[start + 1] if start + 2 <= size else 0
                behind = f'{behind},"websocket.payload_length_ext_16":{length}'
                start += 2
            end = start + length
            if unmask is None:
                payload = data[start:end]
            else:
                key = data[start : start + 4]
                start, end = start + 4, end + 4
                behind = f'{behind},"websocket.masking_key":"{key.hex()}"'
                payload = unmask(data[start:end], key) if key != _ZERO_KEY else b""
            if end <= size and payload and (length >= _EXTENDED or length == words[1]):
                text = shown(payload, length, before, behind)
                if text:
                    add((direction, at, end, text))
                    at = end
                    continue
        head = read_head(data, at)
        if head is None or at + head.size + head.length > size or head.size + head.length > _LONGEST:
            return None
        end = at + head.size + head.length
        message, _ = reader.message(Place(direction, at, end, data[at:end]), head)
        add((direction, at, end, _row(message)))
        calm = not reader.assembly.fragmented and not reader.closed
        at = end
    return rows


def _text(payload: bytes, length: int, before: str, behind: str) -> str:
    """The row of a text message; "" for what is no text."""
    try:
        text = str(payload, "utf-8")
    except UnicodeDecodeError:
        return ""
    first = text[:EXCERPT]
    if not first.isprintable():
        return (
            f'{before}{length} bytes: {quoted(excerpt(text))[1:-1]}{behind},"websocket.payload.text":{quoted(text)}}},"notes":[]'
        )
    begin = quoted(first)[:-1]
    if len(text) <= EXCERPT:
        return f'{before}{length} bytes: {begin[1:]}{behind},"websocket.payload.text":{begin}"}},"notes":[]'
    rest = quoted(text[EXCERPT:])
    return f'{before}{length} bytes: {begin[1:]}\\u2026{behind},"websocket.payload.text":{begin}{rest[1:]}}},"notes":[]'


def _binary(payload: bytes, length: int, before: str, behind: str) -> str:
    """The row of a binary message."""
    return f'{before}{length} bytes{behind},"websocket.payload.binary":"{payload.hex()}"}},"notes":[]'


def _words(begin: bytes, direction: Direction, agreement: Agreement) -> _Words | None:
    """What all sound frames with these first two bytes say; None where the decoder's way is taken."""
    if len(begin) < 2 or begin[0] not in (0x80 | TEXT, 0x80 | BINARY):
        return None
    has_key, length = begin[1] >= 0x80, begin[1] & 0x7F
    if has_key is not (direction is _UP) or length > _EXTENDED:
        return None
    name = NAMES[begin[0] & 0x0F]
    label = name if has_key else f"server {name}"
    pmc = ',"websocket.pmc":false' if agreement.deflate is not None else ""
    before = f'"protocol":"websocket","direction":"{_NAMES[direction]}","label":"{label}","summary":"{name.capitalize()}, '
    flags = f'"websocket.fin":true,"websocket.rsv":0{pmc},"websocket.opcode":{begin[0] & 0x0F}'
    behind = f'","fields":{{{flags},"websocket.mask":{dumps(has_key)},"websocket.payload_length":{length}'
    return _text if begin[0] & 0x0F == TEXT else _binary, length, before, behind


def _row(message: Message) -> str:
    """A message's members as NDJSON has them."""
    fields: dict[str, Any] = {}
    for _, node in message.root.walk():
        if node.value is None or not node.abbrev:
            continue
        value = node.value.hex() if isinstance(node.value, bytes) else node.value
        known = fields.get(node.abbrev)
        fields[node.abbrev] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    members = {
        "protocol": message.protocol,
        "direction": _NAMES[message.direction],
        "label": message.label,
        "summary": message.summary,
        "fields": fields,
        "notes": [
            {
                "severity": note.severity.name.lower(),
                "text": note.text,
                "start": note.start,
                "end": note.end,
                "section": note.section,
            }
            for note in message.notes
        ],
    }
    return dumps(members, separators=(",", ":"))[1:-1]

"""All frames of a whole conversation as JSON text: the fast lane of `workbench dissect --format ndjson`.

Unfragmented texts without compression are most of all traffic, and are written straight from their bytes, with the words around them kept
by the two bytes that their headers begin with. Every other frame, and a handshake, takes the decoder's way to its message.
"""

from collections.abc import Callable
from functools import lru_cache
from json import dumps
from json.encoder import encode_basestring_ascii as quoted

from workbench.api import Dialogue, Direction, Limits, Skim, SkimmedSide, members_text, message_members
from workbench_websocket.agreement import Agreement, agree
from workbench_websocket.frames import read_head
from workbench_websocket.heads import begins_opening, head_end
from workbench_websocket.limits import MAX_HANDSHAKE
from workbench_websocket.masking import masked
from workbench_websocket.messages import Place
from workbench_websocket.opcodes import TEXT
from workbench_websocket.openings import Opening, opening_message, read_opening
from workbench_websocket.payloads import EXCERPT, excerpt
from workbench_websocket.reading import FrameReader

__all__ = ["skim"]

_UP, _DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
_NAMES = {_UP: "to_server", _DOWN: "to_client"}

_EXTENDED = 126
"""The 7-bit length that announces two bytes more, and the smallest length that needs them."""

_LONGEST = Limits().message
_MOST_REMARKABLE = Limits().bad_frames
"""Frames with notes in one direction; with more of them the decoder decides whether these are frames at all."""

MOST_WORDS = 2_048
"""Beginnings of headers whose words are remembered: usual texts have 127 in each direction, with and without compression."""
_ZERO_KEY = bytes(4)

_Mask = Callable[[bytes, bytes], bytes]
_Words = tuple[int, int, str]
"""The 7-bit length, the bytes before key and payload, and the row from its summary's end to that length."""

_UNUSUAL: _Words = -1, 0, ""
"""Of frames that take the decoder's way."""


def skim(dialogue: Dialogue) -> Skim | None:
    """Rows of both directions; None for conversations whose handshake is unknown or wrong, and for streams that break off in a frame."""
    sides = SkimmedSide([], []), SkimmedSide([], [])
    agreement = agree(dialogue.facts)
    if not dialogue.facts:
        openings = _openings(dialogue)
        if openings is None:
            return None
        request, response = openings
        agreement = agree({"request": request.headers, "response": response.headers})
        for direction, opening in zip(Direction, openings, strict=True):
            place = Place(direction, 0, opening.size, dialogue.data[direction][: opening.size])
            remarks = agreement.remarks if direction is _DOWN else ()
            sides[direction].ends.append(opening.size)
            sides[direction].texts.append(members_text(message_members(opening_message(place, opening, 1, remarks))))
    elif not agreement.seen or agreement.remarks:
        return None
    for direction in Direction:
        if not _add_rows(sides[direction], direction, dialogue.data[direction], agreement):
            return None
    return Skim(sides)


def _openings(dialogue: Dialogue) -> tuple[Opening, Opening] | None:
    """Request and response, where they are the first messages and all frames come behind both."""
    ends = head_end(dialogue.data[_UP], 0), head_end(dialogue.data[_DOWN], 0)
    if ends[0] is None or ends[1] is None or max(ends[0], ends[1]) > MAX_HANDSHAKE:
        return None
    if not all(begins_opening(dialogue.data[direction], direction) for direction in Direction):
        return None
    request = read_opening(dialogue.data[_UP][: ends[0]], _UP)
    response = read_opening(dialogue.data[_DOWN][: ends[1]], _DOWN)
    if request.body != 0 or not response.switches:
        return None
    answered = dialogue.packet_at(_DOWN, ends[1])
    early = len(dialogue.data[_UP]) > ends[0] and dialogue.packet_at(_UP, ends[0] + 1) <= answered
    late = dialogue.packet_at(_UP, ends[0]) >= answered
    again = any(begins_opening(dialogue.data[direction][ends[direction] :], direction) for direction in Direction)
    return None if early or late or again else (request, response)


def _masking() -> _Mask:
    """The quickest way to unmask: the library's C function where it is installed, our own where not. Both take (data, key)."""
    try:
        from websockets.speedups import apply_mask
    except ImportError:
        return masked
    return apply_mask


def _add_rows(side: SkimmedSide, direction: Direction, data: bytes, agreement: Agreement) -> bool:
    """The rest of one direction; False where a frame is not there whole, or many are odd. One loop, since it runs a million times."""
    at = side.ends[-1] if side.ends else 0
    add_end, add_text = side.ends.append, side.texts.append
    reader = FrameReader(direction, agreement)
    unmask = _masking() if direction is _UP else None
    known: dict[bytes, _Words] = {}
    label = "text" if unmask else "server text"
    before = f'"protocol":"websocket","direction":"{_NAMES[direction]}","label":"{label}","summary":"Text, '
    size = len(data)
    remarkable = 0
    calm = True  # neither inside a fragmented message nor behind a Close
    while at < size:
        begin = data[at : at + 2]
        words = known.get(begin)
        if words is None:
            words = known[begin] = _words(begin, direction, agreement.deflate is not None)
        length, start, behind = words
        if length >= 0 and calm:
            start += at
            more = ""
            if length == _EXTENDED:
                length = int.from_bytes(data[start - 2 : start], "big")
                more = f',"websocket.payload_length_ext_16":{length}'
            end = start + length
            try:
                if unmask is None:
                    text = str(data[start:end], "utf-8")
                else:
                    key = data[start : start + 4]
                    end += 4
                    more = f'{more},"websocket.masking_key":"{key.hex()}"'
                    text = str(unmask(data[start + 4 : end], key), "utf-8") if key != _ZERO_KEY else ""
            except ValueError:  # no UTF-8, or a key that is not there whole
                text = ""
            if length > 1 and text and end <= size and (length >= _EXTENDED or length == words[0]):
                first = text[:EXCERPT]
                if len(text) > EXCERPT and first.isprintable():
                    begun = quoted(first)[:-1]
                    shown, whole = f"{begun[1:]}\\u2026", begun + quoted(text[EXCERPT:])[1:]
                else:
                    shown, whole = quoted(excerpt(text))[1:-1], quoted(text)
                add_text(f'{before}{length} bytes: {shown}{behind}{more},"websocket.payload.text":{whole}}},"notes":[]')
                add_end(end)
                at = end
                continue
        head = read_head(data, at)
        if head is None or at + head.size + head.length > size or head.size + head.length > _LONGEST:
            return False
        end = at + head.size + head.length
        message = reader.message(Place(direction, at, end, data[at:end]), head)
        add_end(end)
        add_text(members_text(message_members(message)))
        remarkable += bool(message.notes)
        if remarkable > _MOST_REMARKABLE:
            return False
        calm = not reader.assembly.fragmented and not reader.closed
        at = end
    return True


@lru_cache(maxsize=MOST_WORDS)
def _words(begin: bytes, direction: Direction, agreed: bool) -> _Words:
    """What all sound texts with the same first two bytes say; `agreed` whether there is compression in this conversation."""
    has_key = direction is _UP
    if len(begin) < 2 or begin[0] != 0x80 | TEXT or begin[1] & 0x7F > _EXTENDED or (begin[1] >= 0x80) is not has_key:
        return _UNUSUAL
    length = begin[1] & 0x7F
    pmc = ',"websocket.pmc":false' if agreed else ""
    flags = f'"websocket.fin":true,"websocket.rsv":0{pmc},"websocket.opcode":{TEXT},"websocket.mask":{dumps(has_key)}'
    return length, 4 if length == _EXTENDED else 2, f'","fields":{{{flags},"websocket.payload_length":{length}'

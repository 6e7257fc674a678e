"""DATA and HEADERS frames as text: what `meaning`, `contents`, `sections` and `messages` say of them, without their trees.

Only where they belong: on the stream of a request, whole. Everything else is left to these.
"""

from dataclasses import dataclass
from json.encoder import encode_basestring_ascii

from workbench.api import Direction, flatten_fields, members_text, notes_text
from workbench_http3.connection import Connection, Outcome
from workbench_http3.contents import end_half
from workbench_http3.frames import Frame
from workbench_http3.limits import MAX_NOTES
from workbench_http3.messages import summary_of
from workbench_http3.names import Type
from workbench_http3.payloads import Payload
from workbench_http3.qpack import Section
from workbench_http3.sections import headers
from workbench_http3.skim_sections import section_text
from workbench_http3.states import label, symbol_of_frame
from workbench_http3.streams import CLIENT, Half, Role, Stage, Stream, opener
from workbench_http3.wire import Kind, Piece, read_head

__all__ = ["Skimmed", "skim_piece"]

Skimmed = tuple[str, Outcome]
"""The text of a message, and what else follows from its piece: conversations inside, and others that go on."""

_BEGIN = {
    kind: tuple(
        f'"protocol":"http3","direction":"{way.name.lower()}","label":"{label(way, symbol_of_frame(kind))}","summary":'
        for way in Direction
    )
    for kind in (Type.DATA, Type.HEADERS)
}


@dataclass(slots=True)
class _Told(Outcome):
    """An outcome whose field section is text."""

    section: str = ""

    def show(self, section: Section, start: int, end: int) -> None:
        """See `Outcome`."""
        self.section = f",{section_text(section)}"


def skim_piece(connection: Connection, stream: Stream, way: Direction, piece: Piece, *, last: bool) -> Skimmed | None:
    """An ordinary frame and what it does to its stream, which ends with it where it is the `last` piece. None, and nothing done, for
    everything else."""
    raw = piece.raw
    if piece.kind is not Kind.FRAME or piece.lost or stream.role is not Role.REQUEST or opener(stream.number) is not CLIENT:
        return None
    head = read_head(raw)
    if head is None or head[2] + head[1] != len(raw):
        return None
    kind, length, at = head
    half = stream.halves[way]
    if kind == Type.DATA and length and _is_content(stream, half):
        return _data(connection, stream, way, raw, at, last=last)
    return _headers(connection, stream, way, raw, at, last=last) if kind == Type.HEADERS and length else None


def _is_content(stream: Stream, half: Half) -> bool:
    """Whether DATA may come now, and is part of a body that is shown as a whole only."""
    return (
        half.stage is Stage.HEAD
        and not stream.tunnel
        and stream.method not in (b"HEAD", b"CONNECT")
        and half.body is not None
        and not half.body.is_grpc
    )


def _data(connection: Connection, stream: Stream, way: Direction, raw: bytes, at: int, *, last: bool) -> Skimmed:
    """As `contents.data`."""
    half = stream.halves[way]
    body = half.body
    assert body is not None
    content = raw[at:]
    length = len(content)
    half.frames += 1
    half.idle = 0
    half.content += length
    body.add(content, 0, connection.purse)
    out = Outcome()
    if last:
        end_half(connection, stream, way, out, len(raw))
    return (
        f'{_BEGIN[Type.DATA][way]}"DATA[{stream.number}] {length} bytes","fields":{{"http3.frame_type":0,"http3.frame_length":{length},'
        f'"http3.data":"{content.hex()}"{_end(out)}'
    ), out


def _headers(connection: Connection, stream: Stream, way: Direction, raw: bytes, at: int, *, last: bool) -> Skimmed:
    """As `meaning` has it of HEADERS."""
    half = stream.halves[way]
    half.frames += 1
    length = len(raw) - at
    out = _Told(name="HEADERS", valued=False)
    # where the type ends is of interest to fields only
    headers(connection, stream, Frame(raw, Type.HEADERS, length, at, at), Payload(content=(at, len(raw))), out, way)
    half.idle = 0
    if last:
        end_half(connection, stream, way, out, len(raw))
    return (
        f"{_BEGIN[Type.HEADERS][way]}{encode_basestring_ascii(summary_of(out, stream.number))},"
        f'"fields":{{"http3.frame_type":1,"http3.frame_length":{length}{out.section}{_end(out)}'
    ), out


def _end(out: Outcome) -> str:
    """Further fields, and the notes."""
    flat = flatten_fields(out.fields) if out.fields else {}  # some fields are nameless
    more = f",{members_text(flat)}" if flat else ""
    return f'{more}}},"notes":{notes_text(out.notes[:MAX_NOTES]) if out.notes else "[]"}'

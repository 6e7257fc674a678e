"""DATA frames as text: what `meaning`, `contents` and `messages` say of them, without their trees. Ordinary ones only."""

from workbench.api import Direction, flatten_fields, members_text, notes_text
from workbench_http3.connection import Connection, Outcome
from workbench_http3.contents import end_half
from workbench_http3.names import Type
from workbench_http3.states import label, symbol_of_frame
from workbench_http3.streams import CLIENT, Half, Role, Stage, Stream, opener
from workbench_http3.wire import Kind, Piece, read_head

__all__ = ["data_text"]

_HEADS = tuple(
    f'"protocol":"http3","direction":"{way.name.lower()}","label":"{label(way, symbol_of_frame(Type.DATA))}","summary":"DATA['
    for way in Direction
)


def data_text(
    connection: Connection, stream: Stream, way: Direction, piece: Piece, *, last: bool
) -> tuple[str, Outcome | None] | None:
    """An ordinary DATA frame and what it does to its stream, which ends with it where it is the `last` piece; what follows from the end
    is in the outcome. None, and nothing done, for everything else."""
    half = stream.halves[way]
    raw = piece.raw
    if piece.kind is not Kind.FRAME or raw[0] or piece.lost or not _ordinary(stream, half):
        return None
    head = read_head(raw)
    if head is None or not head[1] or head[2] + head[1] != len(raw):
        return None
    _, length, at = head
    body = half.body
    assert body is not None
    half.frames += 1
    half.idle = 0
    half.content += length
    content = raw[at:]
    body.add(content, 0, connection.purse)
    out = None
    more, notes = "", "[]"
    if last:
        out = Outcome()
        end_half(connection, stream, way, out, len(raw))
        more = f",{members_text(flatten_fields(out.fields))}" if out.fields else ""
        notes = notes_text(out.notes)
    return (
        f'{_HEADS[way]}{stream.number}] {length} bytes","fields":{{"http3.frame_type":0,"http3.frame_length":{length},'
        f'"http3.data":"{content.hex()}"{more}}},"notes":{notes}'
    ), out


def _ordinary(stream: Stream, half: Half) -> bool:
    """Whether DATA may come now, and is part of a body that is shown as a whole only."""
    return (
        half.stage is Stage.HEAD
        and stream.role is Role.REQUEST
        and opener(stream.number) is CLIENT
        and not stream.tunnel
        and stream.method not in (b"HEAD", b"CONNECT")
        and half.body is not None
        and not half.body.is_grpc
    )

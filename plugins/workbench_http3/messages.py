"""Messages out of what pieces mean."""

from workbench.api import UNDECODED, Direction, Field, Message, View
from workbench_http3.connection import Outcome
from workbench_http3.limits import MAX_NOTES
from workbench_http3.states import label

__all__ = ["NAME", "TITLE", "summary_of", "to_message"]

NAME = "http3"
TITLE = "Hypertext Transfer Protocol Version 3"


def summary_of(out: Outcome, stream: int) -> str:
    """One line, as HTTP/2's are: what, on which stream, and how it goes on."""
    place = f"[{stream}]" if stream >= 0 else ""
    return f"{out.name}{place} {out.detail}".rstrip()


def to_message(protocol: str, way: Direction, start: int, end: int, raw: bytes, stream: int, out: Outcome) -> Message:
    """A message over `[start, end)` of the stream. `stream` is -1 where there is none."""
    junk = protocol == UNDECODED
    if junk:
        root = out.fields[0]
    else:
        root = Field(TITLE, 0, len(raw), None, tuple(out.fields), "http3")
    return Message(
        protocol=protocol,
        direction=way,
        start=start,
        end=end,
        raw=raw,
        root=root,
        label="" if junk else label(way, out.symbol),
        summary=f"{len(raw)} bytes that cannot be read" if junk else summary_of(out, stream),
        notes=tuple(out.notes[:MAX_NOTES]),
        views=(View("wire", raw), *out.views) if out.views else (),
        value=out.value,
        exchange=out.exchange,
    )

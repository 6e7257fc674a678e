"""Messages for bytes that nobody understood."""

from dissectors.drafts import field_of
from workbench.api import UNDECODED, Direction, Message, Note

__all__ = ["undecoded"]


def undecoded(direction: Direction, start: int, end: int, raw: bytes, *notes: Note) -> Message:
    """A message of protocol `UNDECODED` at `[start, end)` of a direction; `raw` is shorter where bytes are missing."""
    size = len(raw)
    summary = f"{size} bytes" if size == end - start else f"{size} of {end - start} bytes"
    value = field_of("data", 0, size, raw, (), UNDECODED)
    root = field_of(UNDECODED, 0, size, None, (value,), UNDECODED)
    return Message(
        protocol=UNDECODED, direction=direction, start=start, end=end, raw=raw, root=root, summary=summary, notes=notes
    )

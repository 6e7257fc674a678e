"""Messages for bytes that nobody understood."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dissectors.drafts import field_of, fill, message_of
from workbench.api import UNDECODED, Direction, Message, Note

__all__ = ["undecoded"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def undecoded(direction: Direction, start: int, end: int, raw: bytes, *notes: Note) -> Message:
    """A message of protocol `UNDECODED` at `[start, end)` of a direction; `raw` is shorter where bytes are missing."""
    size = len(raw)
    summary = f"{size} bytes" if size == end - start else f"{size} of {end - start} bytes"
    value = field_of("data", 0, size, raw, (), f"{UNDECODED}.data")
    root = field_of(UNDECODED, 0, size, None, (value,), UNDECODED)
    return fill(message_of(UNDECODED, direction, start, end, raw, root, notes, (), None, _NOTHING), summary=summary)

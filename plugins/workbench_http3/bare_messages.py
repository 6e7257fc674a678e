"""One message for a carried frame and all that is complete with it: trees moved to where their bytes are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.api import Direction, Field, Inner, Message, Note, Severity, View
from workbench_http3.carried import Carried, carried_fields
from workbench_http3.connection import Outcome
from workbench_http3.limits import MAX_NOTES
from workbench_http3.messages import NAME, TITLE, summary_of
from workbench_http3.states import label, leading
from workbench_http3.values import build

__all__ = ["Said", "carried_message", "moved"]

_NO_REQUEST = 3
"""Bits of the numbers of streams that the server began or that go one way (RFC 9000 2.1): no requests are made on them."""
_MOST_SUMMARIES = 6
"""Things named in one summary."""


@dataclass(slots=True)
class Said:
    """What a carried frame says, and what came of it."""

    frame: Carried
    raw: bytes
    room: int
    """Fields that there may still be."""
    stream: int = -1
    end: bool = False
    symbol: str = ""
    """What it is to the state table, where it is not what its pieces are."""
    summary: str = ""
    value: dict[str, Any] | None = None
    foreign: bool = False
    """Its data, or the end of them, are those of a stream of WebTransport."""
    hidden: int = 0
    """Pieces whose fields found no room."""
    fields: list[Field] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    inner: list[Inner] = field(default_factory=list)
    exchange: int | None = None
    symbols: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    pieces: list[dict[str, Any] | None] = field(default_factory=list)
    covered: int = 0
    """Up to here its data are in a piece."""
    _wakes: list[str] = field(default_factory=list)

    def take_wakes(self) -> list[str]:
        """Streams that may go on, each named once."""
        found, self._wakes = list(dict.fromkeys(self._wakes)), []
        return found

    def error(self, text: str, section: str) -> None:
        """The carried frame breaks a rule."""
        self.notes.append(Note(Severity.ERROR, text, 0, len(self.raw), section))

    def add(self, out: Outcome, stream: int, raw: bytes, at: int | None, missing: int = 0) -> None:
        """What a piece means.

        `at` is its place in the carried frame: before its data where it began in an earlier one, None where it was all in others.
        """
        inside = at is not None and at >= self.frame.at and at + len(raw) <= len(self.raw)
        shift = at if at is not None and inside else 0
        self._place(out, raw, at, shift, missing)
        self._show(out, stream, raw, shift, inside=inside)
        for note in out.notes[: MAX_NOTES - len(self.notes)]:
            span = (note.start + shift, note.end + shift) if inside else (0, len(self.raw))
            self.notes.append(Note(note.severity, note.text, *span, note.section))
        self.inner += out.inner
        self._wakes += out.wakes
        if self.exchange is None:
            self.exchange = out.exchange
        if self.hidden:
            return
        self.symbols.append(out.symbol)
        self.summaries.append(summary_of(out, stream))
        if raw or out.value is not None:
            self.pieces.append(out.value if inside and not missing else None)

    def _show(self, out: Outcome, stream: int, raw: bytes, shift: int, *, inside: bool) -> None:
        """The fields of a piece, moved to where its bytes are, as long as there is room."""
        if not out.fields and not raw:
            return
        self.room -= sum(1 for field in out.fields for _ in field.walk())
        if self.room < 0 or self.hidden:
            self.hidden += 1
            return
        if not inside and raw:
            self.views.append(View(f"stream {stream}", raw))
        own = 0 if inside or not raw else len(self.views)
        places = (own, *range(len(self.views) + 1, len(self.views) + 1 + len(out.views)))
        self.views += out.views
        children = tuple(moved(child, shift, places) for child in out.fields)
        self.fields.append(Field(out.name, shift, shift + len(raw), None, children, view=own, text=out.detail))
        self.room -= 2

    def _place(self, out: Outcome, raw: bytes, at: int | None, shift: int, missing: int) -> None:
        """Mark how much of the data is spoken for; the end of what began earlier has bytes here, too."""
        if at is None:
            return
        end = min(at + len(raw) + missing, len(self.raw))
        if at < self.frame.at and end > self.frame.at:
            data = self.raw[self.frame.at : end]
            self.fields.append(Field(f"End of {out.name}", self.frame.at, end, data, abbrev="quic.stream_data"))
        self.covered = max(self.covered, end, shift)


def moved(node: Field, shift: int, places: Sequence[int]) -> Field:
    """A field whose view 0 begins at `shift` of the view `places[0]`, and whose other views have the numbers that follow."""
    children = tuple(moved(child, shift, places) for child in node.children)
    if node.view:
        return replace(node, children=children, view=places[node.view])
    bits = (node.bits[0] + 8 * shift, node.bits[1] + 8 * shift) if node.bits is not None else None
    return replace(node, start=node.start + shift, end=node.end + shift, children=children, bits=bits, view=places[0])


def carried_message(way: Direction, start: int, end: int, said: Said) -> Message:
    """The message over `[start, end)` of the conversation."""
    raw, frame = said.raw, said.frame
    size = len(raw)
    fields = [*carried_fields(frame, raw), *said.fields]
    notes = said.notes
    if end - start > size:
        notes.insert(0, Note(Severity.WARN, f"only the first {size} of {end - start} bytes are kept", 0, size))
    if said.hidden:
        notes.insert(0, Note(Severity.WARN, f"{said.hidden} more frames are not shown", 0, size))
    at = max(said.covered, frame.at)
    if said.stream >= 0 and at < size:
        name = "Data of WebTransport" if said.foreign else "Beginning of what goes on in later frames"
        fields.append(Field(name, at, size, raw[at:], abbrev="quic.stream_data"))
    symbol = said.symbol or leading(said.symbols)
    summaries = [said.summary] if said.symbol else said.summaries[:_MOST_SUMMARIES] or [said.summary]
    return Message(
        protocol=NAME,
        direction=way,
        start=start,
        end=end,
        raw=raw,
        root=Field(TITLE, 0, size, None, tuple(fields), "http3"),
        label=label(way, symbol),
        summary="; ".join(summaries),
        notes=tuple(notes[:MAX_NOTES]),
        views=(View("wire", raw), *said.views) if said.views else (),
        value=_value(said, at),
        exchange=_exchange(said),
    )


def _exchange(said: Said) -> int | None:
    """What of a request or response is there may be its beginning only: then the stream tells which one it is (RFC 9114 4.1)."""
    on_request_stream = said.stream >= 0 and not said.stream & _NO_REQUEST and not said.foreign
    return said.stream if said.exchange is None and on_request_stream else said.exchange


def _value(said: Said, covered: int) -> dict[str, Any]:
    """What the frame can be built from: its pieces where all of it is pieces, else its data as they are; where neither gives the same bytes
    again (a number that is longer than it need be), the bytes themselves."""
    raw = said.raw
    if said.stream < 0:
        found = [said.value]
    else:
        frame = {"carried": "stream", "stream": said.stream, "end": said.end}
        found = [{**frame, "pieces": [{"data": raw[said.frame.at :]}]}]
        if None not in said.pieces and covered == len(raw) and not said.hidden:
            found.insert(0, {**frame, "pieces": said.pieces})
    return next((value for value in found if value is not None and build(value) == raw), {"raw": raw})

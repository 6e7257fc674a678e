"""Patterns that are legal frame by frame and meant to exhaust a server. Each has a named threshold; none needs a clock.

A remark is made when the threshold is reached and again at every doubling, so that a flood does not flood the notes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.api import Direction, Note, Severity
from workbench_http2.frames import Frame
from workbench_http2.names import Type
from workbench_http2.payloads import ACK, END_HEADERS, END_STREAM

__all__ = ["CONTINUATIONS", "CONTROL_FLOOD", "EMPTY_FRAMES", "EXPANSION", "RAPID_RESETS", "SMALL_WINDOW", "Watch"]

CLIENT = Direction.TO_SERVER

RAPID_RESETS = 100
"""Streams that the client reset before they were answered: a closed browser tab resets a dozen, the attack thousands."""

CONTROL_FLOOD = 100
"""Frames of one control type without a header or data frame of anybody between them: sane peers exchange a handful."""

EMPTY_FRAMES = 100
"""Frames in a row that carry nothing and end nothing; there is no reason to send more than a few."""

CONTINUATIONS = 16
"""CONTINUATION frames in one header block: sixteen of the default size are 256 KiB of headers, more than anybody accepts."""

EXPANSION = 64
"""A header list that is so many times as long as its block, and longer than `EXPANDED`, was made to be."""

EXPANDED = 65_536
"""Bytes from which on a header list may count as a bomb: four times what common servers accept."""

SMALL_WINDOW = 16
"""An initial window of less lets a server send nothing useful and keep everything (zero-window stall)."""

_FLOODS: Mapping[int, tuple[str, str]] = {
    Type.PING: ("PING flood", "CVE-2019-9512"),
    Type.SETTINGS: ("SETTINGS flood", "CVE-2019-9515"),
    Type.PRIORITY: ("PRIORITY flood", "CVE-2019-9513"),
    Type.RST_STREAM: ("RST_STREAM flood", "CVE-2019-9514"),
    Type.PRIORITY_UPDATE: ("PRIORITY_UPDATE flood", "RFC 9218 13"),
    Type.WINDOW_UPDATE: ("WINDOW_UPDATE flood", "RFC 9113 10.5"),
}


def _due(count: int, threshold: int) -> bool:
    """At the threshold and at each doubling of it."""
    times, rest = divmod(count, threshold)
    return not rest and times > 0 and times & (times - 1) == 0


@dataclass(slots=True)
class _Sender:
    control: dict[int, int] = field(default_factory=dict)
    empty: int = 0
    empty_type: int = -1


@dataclass(slots=True)
class Watch:
    """Counts of both senders since somebody made progress."""

    resets: int = 0
    _senders: tuple[_Sender, _Sender] = field(default_factory=lambda: (_Sender(), _Sender()))

    def see(self, frame: Frame, who: Direction) -> Iterator[Note]:
        """A frame came: what is conspicuous about those before it, this one included."""
        sender = self._senders[who]
        size = len(frame.raw)
        if frame.type in (Type.HEADERS, Type.DATA, Type.CONTINUATION, Type.PUSH_PROMISE):
            for side in self._senders:
                side.control.clear()
            yield from self._empty(frame, sender)
            return
        flood = _FLOODS.get(frame.type)
        if flood is None or (frame.type in (Type.PING, Type.SETTINGS) and frame.flags & ACK):
            return
        count = sender.control[frame.type] = sender.control.get(frame.type, 0) + 1
        if _due(count, CONTROL_FLOOD):
            yield Note(Severity.WARN, f"{flood[0]}: {count} frames and no request or response between them", 0, size, flood[1])

    def _empty(self, frame: Frame, sender: _Sender) -> Iterator[Note]:
        ends = END_HEADERS if frame.type == Type.CONTINUATION else END_STREAM
        if frame.length or frame.flags & ends:
            sender.empty = 0
            return
        sender.empty += 1
        if _due(sender.empty, EMPTY_FRAMES):
            text = f"{sender.empty} frames in a row that carry nothing and end nothing"
            yield Note(Severity.WARN, text, 0, len(frame.raw), "CVE-2019-9518")

    def reset(self, frame: Frame) -> Iterator[Note]:
        """The client gave up a stream before it was answered."""
        self.resets += 1
        if _due(self.resets, RAPID_RESETS):
            text = f"rapid reset: the client reset {self.resets} streams before they were answered"
            yield Note(Severity.WARN, text, 0, len(frame.raw), "CVE-2023-44487")

"""The decoder of protocols that are data: frames cut by `spec.frame`, parsed by `spec.grammar`, judged by the spec's functions."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

from dissectors.cutter import Cutter, Kind, Piece
from dissectors.drafts import field_of, fill, message_of
from dissectors.slots import judge
from dissectors.text import shown
from dissectors.undecoded import undecoded
from workbench.api import (
    Chunk,
    Direction,
    Field,
    FlowContext,
    Memory,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    Traced,
)

__all__ = ["GrammarDecoder"]

SUMMARY_FIELDS = 4
"""Fields in the summary of a message whose protocol does not summarise itself: what fits a line of a list."""

# in this Python a member of an enum costs a call each time it is named
_FRAME, _PARTIAL, _JUNK = Kind.FRAME, Kind.PARTIAL, Kind.JUNK
_WAYS = tuple(direction.name.lower() for direction in Direction)


class GrammarDecoder:
    """Decodes one flow of a protocol that has `grammar` and `frame`.

    A frame that does not parse is a message with errors, and the next one is expected behind it. Where no frame can begin, bytes are
    skipped as undecoded up to the next frame that parses. After `Limits.bad_frames` broken ones in a row, or a long search, the
    direction is given up. After lost bytes the frame they belong to is reported as far as it goes.
    """

    def __init__(self, spec: ProtocolSpec, context: FlowContext) -> None:
        if spec.frame is None or spec.grammar is None:
            raise TypeError(f"{spec.name} has no grammar and frame to decode with")
        self._spec = spec
        self._context = context
        self._sides = (_Side(self, spec, Direction.TO_SERVER), _Side(self, spec, Direction.TO_CLIENT))

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """Messages that are complete with these bytes."""
        other = self._sides[chunk.direction.opposite]
        if other.cutter.hesitates:
            # what its bytes say may decide how this chunk is read
            yield from self._decoded(other, other.cutter.settle())
        side = self._sides[chunk.direction]
        yield from self._decoded(side, side.cutter.receive(chunk.offset, chunk.data, chunk.gap))
        if self._spec.transport == "udp":
            # a datagram is a world of its own: nothing of it waits for the next one
            yield from self._decoded(side, side.cutter.finish())
            side.cutter = side.fresh_cutter()

    def finish(self, direction: Direction) -> Iterator[Message]:
        """What is left of one direction, complete or not."""
        side = self._sides[direction]
        yield from self._decoded(side, side.cutter.finish())

    def _decoded(self, side: "_Side", pieces: Iterator[Piece]) -> Iterator[Message]:
        for piece in pieces:
            yield self._junk(side, piece) if piece.kind is _JUNK else self._message(side, piece)

    def _junk(self, side: "_Side", piece: Piece) -> Message:
        side.judge(sound=not piece.raw)
        severity = Severity.WARN if not piece.raw else Severity.ERROR
        return undecoded(side.direction, piece.start, piece.end, piece.raw, Note(severity, piece.reason, 0, len(piece.raw)))

    def _message(self, side: "_Side", piece: Piece) -> Message:
        spec = self._spec
        raw = piece.raw
        parameters = spec.parameters(self._context.memory, side.direction, raw)
        traced = self._context.trace(side.grammar, raw, spec.filter_prefix, parameters)
        message = message_of(
            spec.name,
            side.direction,
            piece.start,
            piece.end,
            raw,
            _whole(traced, raw),
            _notes(traced, piece),
            traced.views,
            traced.value,
            parameters,
        )
        sound = not traced.error and piece.kind is _FRAME
        side.judge(sound=sound)
        if not sound:
            return fill(message, summary=f"broken: {traced.error or piece.reason}")
        return self._judged(message)

    def _judged(self, message: Message) -> Message:
        """The same message with what the spec's functions say about a sound one."""
        return judge(self._spec, message, _WAYS[message.direction], _summary)

    def fits(self, direction: Direction, frame: bytes) -> bool:
        """Whether these bytes parse as one message; leaves the flow's memory as it is.

        Asked at every offset where a frame might begin, so nobody records where fields lie and what is wrong.
        """
        memory = self._context.memory
        scratch = Memory(memory.limit)
        dict.update(scratch, memory)
        parameters = self._spec.parameters(scratch, direction, frame)
        stream = io.BytesIO(frame)
        try:
            self._sides[direction].grammar.parse_stream(stream, **parameters)
        except Exception:  # whatever a plugin's functions raise: `trace` says it where the frame is taken
            return False
        return stream.tell() == len(frame)


class _Side:
    """One direction: its grammar, its bytes, its record of broken frames."""

    def __init__(self, decoder: GrammarDecoder, spec: ProtocolSpec, direction: Direction) -> None:
        self.direction = direction
        self.grammar: Any = spec.grammar_for(direction)
        self._decoder = decoder
        self._spec = spec
        self._bad = 0
        self.cutter = self.fresh_cutter()

    def fresh_cutter(self) -> Cutter:
        """Cutting from the beginning again."""
        assert self._spec.frame is not None
        cutter = Cutter(self._spec.frame, lambda frame: self._decoder.fits(self.direction, frame), self._spec.limits.message)
        self._give_up(cutter)
        return cutter

    def judge(self, *, sound: bool) -> None:
        """Count broken messages; too many in a row, and it is another protocol."""
        self._bad = 0 if sound else self._bad + 1
        if not sound:
            self._give_up(self.cutter)

    def _give_up(self, cutter: Cutter) -> None:
        if self._bad >= self._spec.limits.bad_frames:
            cutter.give_up(f"given up after {self._spec.limits.bad_frames} broken messages in a row")


def _whole(traced: Traced, raw: bytes) -> Field:
    """The root over all bytes of the message, whatever the grammar left."""
    root = traced.root
    size = len(raw)
    if root.start == 0 and root.end == size:
        return root
    children = root.children
    if traced.consumed < size and not traced.error:
        children = (*children, field_of("unread", traced.consumed, size, raw[traced.consumed :], (), ""))
    return field_of(root.name, 0, size, root.value, children, root.abbrev, root.text, root.error)


def _notes(traced: Traced, piece: Piece) -> tuple[Note, ...]:
    size = len(piece.raw)
    if piece.kind is _PARTIAL:
        return (Note(Severity.ERROR, piece.reason, 0, size),)
    if traced.consumed < size and not traced.error:
        return (Note(Severity.WARN, f"{size - traced.consumed} bytes follow the last field", traced.consumed, size),)
    return ()


def _summary(message: Message) -> str:
    """Label and first fields of a message."""
    words = [message.label]
    _describe(message.root.children, words)
    return " ".join(words)


def _describe(fields: Iterable[Field], words: list[str]) -> None:
    for node in fields:
        if node.children:
            _describe(node.children, words)
        elif node.abbrev and node.value is not None and not node.generated:
            words.append(f"{node.name}={node.text or shown(node.value)}")
        if len(words) > SUMMARY_FIELDS:
            return

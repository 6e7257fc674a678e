"""Laws about what a plugin's decoder makes of bytes: clean seeds, splits, hostile input, spans, limits, and the way back."""

import dataclasses
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from dissectors import converse
from workbench.api import UNDECODED, Direction, Field, Limits, Message, ProtocolSpec
from workbench.laws.subject import Subject, Turn

__all__ = ["limits_hold", "nothing_raises", "seeds_decode_clean", "seeds_rebuild", "spans_nest", "splits_do_not_matter"]

SMALL = Limits(message=96, fields=12, bad_frames=3, memory=2)
"""Limits that ordinary traffic hits at once."""

SLACK_FIELDS = 8
"""Nodes a decoder may add to a cut tree to say that it was cut, and the parents around them."""


def seeds_decode_clean(subject: Subject) -> Iterator[str]:
    """Each message of a seed decodes to one message of this protocol, without errors."""
    for seed in subject.spec.seeds:
        messages = converse(subject.spec, [(Direction.TO_SERVER, data) for data in seed.messages])
        for message in messages:
            if message.protocol != subject.spec.name:
                yield f"seed {seed.name!r}: {len(message.raw)} bytes are {message.protocol}, not {subject.spec.name}"
            if message.errors:
                yield f"seed {seed.name!r}: {'; '.join(message.errors)}"
        if [message.raw for message in messages] != list(seed.messages):
            yield f"seed {seed.name!r}: {len(seed.messages)} messages decode to {len(messages)}, or to other bytes"


def splits_do_not_matter(subject: Subject) -> Iterator[str]:
    """Byte by byte, in random pieces or whole: the messages of each direction are the same."""
    if subject.spec.transport != "tcp":
        return
    random = subject.random("split")
    for name, turns in subject.inputs("split inputs"):
        whole = _contents(converse(subject.spec, turns))
        for way, split in (("byte by byte", _bytewise(turns)), ("in random pieces", _pieces(turns, random))):
            difference = _difference(whole, _contents(converse(subject.spec, split)))
            if difference:
                yield f"{name} {way}: {difference}; {_shown(turns)}"


def nothing_raises(subject: Subject) -> Iterator[str]:
    """Whatever the bytes, the decoder and the plugin's functions return."""
    for name, turns in subject.inputs("calm"):
        for message in converse(subject.spec, turns):
            for note in message.notes:
                if note.text.startswith(RAISED):
                    yield f"{name}: {note.text}; {_shown(turns)}"


def spans_nest(subject: Subject) -> Iterator[str]:
    """Fields lie inside their view and their parent, in hostile input too; the messages of a direction have no holes between them."""
    for name, turns in subject.inputs("spans"):
        messages = converse(subject.spec, turns)
        for direction in Direction:
            sent = sum(len(data) for way, data in turns if way is direction)
            yield from (f"{name}: {text}; {_shown(turns)}" for text in _tiling(messages, direction, sent))
        for message in messages:
            yield from (f"{name}: {text}; {_shown(turns)}" for text in _nesting(message))


def seeds_rebuild(subject: Subject) -> Iterator[str]:
    """What was decoded can be built again, byte for byte (requests; replies where a grammar or `encode` covers them)."""
    for conversation in subject.conversations:
        for message in converse(subject.spec, conversation.turns):
            if message.protocol != subject.spec.name or message.direction is not Direction.TO_SERVER:
                continue
            if message.value is None:
                yield f"seed {conversation.seed.name!r}: a decoded message has no value to build it from"
            elif subject.spec.build(message) != message.raw:
                yield f"seed {conversation.seed.name!r}: {message.raw[:80].hex()} is rebuilt as {subject.spec.build(message)[:80].hex()}"


def limits_hold(subject: Subject) -> Iterator[str]:
    """With small limits, messages are cut, trees are cut, and a stream of broken messages is given up."""
    small = dataclasses.replace(subject.spec, limits=SMALL)
    for name, turns in subject.inputs("limits"):
        messages = converse(small, turns)
        for message in messages:
            if message.protocol == UNDECODED:
                continue
            if len(message.raw) > SMALL.message:
                yield f"{name}: a message keeps {len(message.raw)} bytes where {SMALL.message} are allowed; {_shown(turns)}"
            fields = sum(1 for _ in message.root.walk())
            if fields > SMALL.fields + SLACK_FIELDS:
                yield f"{name}: a tree has {fields} fields where {SMALL.fields} are allowed; {_shown(turns)}"
        for direction in Direction:
            if _longest_bad_run(small, messages, direction) > SMALL.bad_frames:
                yield f"{name}: more than {SMALL.bad_frames} broken messages in a row are decoded; {_shown(turns)}"


def _longest_bad_run(spec: ProtocolSpec, messages: Sequence[Message], direction: Direction) -> int:
    longest = run = 0
    for message in messages:
        if message.direction is direction:
            run = run + 1 if message.protocol == spec.name and message.errors else 0
            longest = max(longest, run)
    return longest


def _bytewise(turns: Sequence[Turn]) -> list[Turn]:
    return [(direction, data[at : at + 1]) for direction, data in turns for at in range(len(data))]


def _pieces(turns: Sequence[Turn], random: Random) -> list[Turn]:
    pieces: list[Turn] = []
    for direction, data in turns:
        at = 0
        while at < len(data):
            size = random.choice((1, 2, 3, 5, 17, 100, 1460))
            pieces.append((direction, data[at : at + size]))
            at += size
    return pieces


def _contents(messages: Sequence[Message]) -> dict[Direction, list[tuple[Any, ...]]]:
    """What must not depend on the split: everything but the packets."""
    return {
        direction: [
            (m.start, m.end, m.protocol, m.raw, m.label, m.summary, m.notes, m.exchange, m.views, m.root)
            for m in messages
            if m.direction is direction
        ]
        for direction in Direction
    }


def _difference(one: dict[Direction, list[tuple[Any, ...]]], other: dict[Direction, list[tuple[Any, ...]]]) -> str:
    for direction in Direction:
        for whole, split in zip(one[direction], other[direction], strict=False):
            if whole != split:
                return (
                    f"[{whole[0]}, {whole[1]}) {whole[2]} {whole[5]!r} becomes [{split[0]}, {split[1]}) {split[2]} {split[5]!r}"
                )
        if len(one[direction]) != len(other[direction]):
            return f"{len(one[direction])} messages {direction.name} become {len(other[direction])}"
    return ""


def _tiling(messages: Sequence[Message], direction: Direction, sent: int) -> Iterator[str]:
    at = 0
    for message in sorted((m for m in messages if m.direction is direction), key=lambda m: m.start):
        if message.start != at or message.end < message.start:
            yield f"a message {direction.name} spans [{message.start}, {message.end}) after offset {at}"
            return
        at = message.end
    if at != sent:
        yield f"the messages {direction.name} end at {at} of {sent} bytes"


def _nesting(message: Message) -> Iterator[str]:
    sizes = [len(view.data) for view in message.views] or [len(message.raw)]
    stack: list[tuple[Field, Field | None]] = [(message.root, None)]
    while stack:
        node, parent = stack.pop()
        if not 0 <= node.view < len(sizes):
            yield f"{message.protocol} field {node.name!r} points into view {node.view} of {len(sizes)}"
        elif not 0 <= node.start <= node.end <= sizes[node.view]:
            yield f"{message.protocol} field {node.name!r} spans [{node.start}, {node.end}) of {sizes[node.view]} bytes"
        if parent is not None and parent.view == node.view and not parent.start <= node.start <= node.end <= parent.end:
            yield f"{message.protocol} field {node.name!r} [{node.start}, {node.end}) is outside {parent.name!r} [{parent.start}, {parent.end})"
        if node.bits is not None and not node.start * 8 <= node.bits[0] <= node.bits[1] <= node.end * 8:
            yield f"{message.protocol} field {node.name!r} has bits {node.bits} outside its bytes [{node.start}, {node.end})"
        stack.extend((child, node) for child in node.children)


def _shown(turns: Sequence[Turn]) -> str:
    """The input that shows the breach, cut to what fits a report."""
    text = " ".join(f"{'>' if direction is Direction.TO_SERVER else '<'}{data.hex()}" for direction, data in turns)
    return f"input {text[:600]}{'…' if len(text) > 600 else ''}"

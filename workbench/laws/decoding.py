"""Laws about what a plugin's decoder makes of bytes: clean seeds, splits, hostile input, spans, limits, and the way back."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

from dissectors.engine import converse
from dissectors.guide import decoder_of
from dissectors.slots import ask_probe, breaches, described, vouch
from workbench.api import (
    UNDECODED,
    Chunk,
    Direction,
    Endpoint,
    Field,
    FlowKey,
    Handoff,
    Inner,
    Message,
    ProtocolSpec,
    ServerOptions,
    Wake,
    flatten_fields,
    in_memory,
)
from workbench.api.deferred import flat_of
from workbench.laws.subject import Subject, Turn, answer

__all__ = [
    "contents",
    "difference",
    "limits_hold",
    "nesting",
    "nothing_raises",
    "seeds_decode_clean",
    "seeds_rebuild",
    "spans_nest",
    "splits_do_not_matter",
]

LONGEST, BAD_FRAMES = 256 * 1024, 3
"""Limits for the examination: a long message must not take seconds, and a plugin's own default for broken messages takes many inputs."""

SWOLLEN = 4 * LONGEST
SWOLLEN_BY_PIECES = 64 * 1024
"""Bytes of repeated pieces: these may be thousands of small messages, which take their time rightly."""

SLACK_FIELDS = 64
"""Nodes beyond the limit: those outside the arrays that are cut."""


def seeds_decode_clean(subject: Subject) -> Iterator[str]:
    """Each message of a seed decodes to one message of this protocol, without errors."""
    for seed in subject.spec.seeds:
        messages = converse(subject.spec, [(Direction.TO_SERVER, data) for data in seed.messages])
        for message in messages:
            if message.protocol != subject.spec.name:
                why = "".join(f": {error}" for error in message.errors[:1])
                yield f"seed {seed.name!r}: {len(message.raw)} bytes are {message.protocol}, not {subject.spec.name}{why}"
            if message.errors:
                yield f"seed {seed.name!r}: {'; '.join(message.errors)}"
        if [message.raw for message in messages] != list(seed.messages):
            yield f"seed {seed.name!r}: {len(seed.messages)} messages decode to {len(messages)}, or to other bytes"


def splits_do_not_matter(subject: Subject) -> Iterator[str]:
    """Byte by byte, in random pieces or whole: the messages of each direction are the same."""
    if subject.spec.transport == "udp":
        return
    random = subject.random("split")
    for name, turns in subject.inputs("split inputs"):
        whole = contents(converse(subject.spec, turns))
        for way, split in (("byte by byte", _bytewise(turns)), ("in random pieces", _pieces(turns, random))):
            found = difference(whole, contents(converse(subject.spec, split)))
            if found:
                yield f"{name} {way}: {found}; {_shown(turns)}"


def nothing_raises(subject: Subject) -> Iterator[str]:
    """Whatever the bytes: the decoder, the probe and the reference server return."""
    for name, turns in subject.inputs("calm"):
        for what, act in (("decoder", _decode), ("probe", _probe), ("server", _serve)):
            try:
                act(subject.spec, turns)
            except _BreachError as breach:
                yield f"{name}: {breach}; {_shown(turns)}"
            except Exception as error:
                yield f"{name}: the {what} raises {described(error)}; {_shown(turns)}"


class _BreachError(Exception):
    """Nothing was raised, but something was given that cannot be used."""


def _decode(spec: ProtocolSpec, turns: Sequence[Turn]) -> None:
    """Feed a decoder without the engine around it, which would catch what it raises."""
    decoder = decoder_of(spec, 0, FlowKey(spec.wire, Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)))
    offsets = dict.fromkeys(Direction, 0)
    for number, (direction, data) in enumerate(turns, 1):
        chunk = Chunk(direction, offsets[direction], data, packet=number, carrier=number, time_ns=number)
        offsets[direction] += len(data)
        if _hands_over(spec, decoder.receive(chunk)):
            return
    for direction in Direction:
        if _hands_over(spec, decoder.finish(direction)):
            return


def _hands_over(spec: ProtocolSpec, found: Iterable[Message | Handoff | Inner | Wake]) -> bool:
    for item in found:
        if isinstance(item, Handoff):
            return True
        if isinstance(item, Inner | Wake):
            continue
        for breach in breaches(item if spec.decoder is None else vouch(spec, item)):
            raise _BreachError(breach)
    return False


def _probe(spec: ProtocolSpec, turns: Sequence[Turn]) -> None:
    for direction, data in turns if spec.probe is not None else ():
        faults: list[str] = []
        ask_probe(spec, data, direction, faults)
        for fault in faults:
            raise _BreachError(fault)


def _serve(spec: ProtocolSpec, turns: Sequence[Turn]) -> None:
    if spec.server is None:
        return
    connection = in_memory(spec.server(ServerOptions())())
    for direction, data in (*turns, (Direction.TO_SERVER, b"")):
        if direction is Direction.TO_SERVER and not connection.closed:
            answer(connection, data)


def spans_nest(subject: Subject) -> Iterator[str]:
    """Fields lie inside their view and their parent, in hostile input too; the messages of a direction have no holes between them.

    Trees that were deferred are made here, and must say what was said of them.
    """
    for name, turns in subject.inputs("spans"):
        messages = converse(subject.spec, turns)
        for direction in Direction:
            sent = sum(len(data) for way, data in turns if way is direction)
            yield from (f"{name}: {text}; {_shown(turns)}" for text in _tiling(messages, direction, sent))
        for message in messages:
            yield from (f"{name}: {text}; {_shown(turns)}" for text in nesting(message))


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
    """Long messages and large trees are cut, and a stream of broken messages is given up.

    A decoder may need a message's head whole to find out how long the rest is: head and rest are allowed the limit each. When to give up
    a stream is asked of grammars only: a decoder of its own may know better how its protocol breaks.
    """
    limits = dataclasses.replace(subject.spec.limits, message=LONGEST, bad_frames=BAD_FRAMES)
    limited = dataclasses.replace(subject.spec, limits=limits)
    for name, turns in (*subject.inputs("limits"), *_swollen(subject)):
        messages = converse(limited, turns)
        for message in messages:
            if message.protocol == UNDECODED:
                continue
            if len(message.raw) > 2 * LONGEST:
                yield f"{name}: a message keeps {len(message.raw)} bytes where {LONGEST} are allowed; {_shown(turns)}"
            fields = sum(1 for _ in message.root.walk())
            if fields > limits.fields + SLACK_FIELDS:
                yield f"{name}: a tree has {fields} fields where {limits.fields} are allowed; {_shown(turns)}"
        for direction in Direction if limited.decoder is None else ():
            if _longest_bad_run(limited, messages, direction) > BAD_FRAMES:
                yield f"{name}: more than {BAD_FRAMES} broken messages in a row are decoded; {_shown(turns)}"


def _swollen(subject: Subject) -> Iterator[tuple[str, tuple[Turn, ...]]]:
    """Some conversations with one turn that has become far longer than a message may be: by one byte, or by a piece of itself, repeated."""
    random = subject.random("swollen")
    for conversation in random.sample(subject.conversations, min(3, len(subject.conversations))):
        index = random.randrange(len(conversation.turns))
        direction, data = conversation.turns[index]
        piece = random.choice(data.splitlines(keepends=True))
        for filling, size in ((bytes([random.choice((0, 0x20, 0x61, 0xFF))]), SWOLLEN), (piece, SWOLLEN_BY_PIECES)):
            at = max(0, data.find(filling))
            swollen = data[:at] + filling * (size // len(filling)) + data[at:]
            turns = (*conversation.turns[:index], (direction, swollen), *conversation.turns[index + 1 :])
            yield f"swollen seed {conversation.seed.name!r}", turns


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


def contents(messages: Sequence[Message]) -> dict[Direction, list[tuple[Any, ...]]]:
    """What must not depend on the split: everything but the packets, and where undecoded bytes are cut that nothing is said about."""
    found: dict[Direction, list[tuple[Any, ...]]] = {direction: [] for direction in Direction}
    for m in messages:
        contents: tuple[Any, ...] = (m.start, m.end, m.protocol, m.raw, m.label, m.summary, m.notes, m.exchange, m.views, m.root)
        if m.protocol == UNDECODED and not m.notes:
            contents = (m.start, m.end, UNDECODED, m.raw)
            before = found[m.direction][-1:]
            if before and len(before[0]) == len(contents) and before[0][1] == m.start:
                contents = (found[m.direction].pop()[0], m.end, UNDECODED, before[0][3] + m.raw)
        found[m.direction].append(contents)
    return found


def difference(one: dict[Direction, list[tuple[Any, ...]]], other: dict[Direction, list[tuple[Any, ...]]]) -> str:
    """The first message in which two readings of the same bytes (see `contents`) differ, or ""."""
    for direction in Direction:
        for whole, split in zip(one[direction], other[direction], strict=False):
            if whole != split:
                return f"{_named(whole)} becomes {_named(split)}"
        if len(one[direction]) != len(other[direction]):
            return f"{len(one[direction])} messages {direction.name} become {len(other[direction])}"
    return ""


def _named(contents: tuple[Any, ...]) -> str:
    summary = f" {contents[5]!r}" if len(contents) > 5 else ""
    return f"[{contents[0]}, {contents[1]}) {contents[2]}{summary}"


def _tiling(messages: Sequence[Message], direction: Direction, sent: int) -> Iterator[str]:
    at = 0
    for message in sorted((m for m in messages if m.direction is direction), key=lambda m: m.start):
        if message.start != at or message.end < message.start:
            yield f"a message {direction.name} spans [{message.start}, {message.end}) after offset {at}"
            return
        at = message.end
    if at != sent:
        yield f"the messages {direction.name} end at {at} of {sent} bytes"


def nesting(message: Message) -> Iterator[str]:
    """What is wrong with the places of a message's fields."""
    said = flat_of(message.root)
    if said is not None and list(said.items()) != list(flatten_fields((message.root,)).items()):
        yield f"{message.protocol}: a deferred tree does not say what was said of it"
    sizes = [len(view.data) for view in message.views] or [len(message.raw)]
    stack: list[tuple[Field, Field | None]] = [(message.root, None)]
    while stack:
        node, parent = stack.pop()
        if not 0 <= node.view < len(sizes):
            yield f"{message.protocol} field {node.name!r} points into view {node.view} of {len(sizes)}"
        elif not 0 <= node.start <= node.end <= sizes[node.view]:
            yield f"{message.protocol} field {node.name!r} spans [{node.start}, {node.end}) of {sizes[node.view]} bytes"
        if parent is not None and parent.view == node.view and not parent.start <= node.start <= node.end <= parent.end:
            place = f"[{node.start}, {node.end}) is outside {parent.name!r} [{parent.start}, {parent.end})"
            yield f"{message.protocol} field {node.name!r} {place}"
        if node.bits is not None and not node.start * 8 <= node.bits[0] <= node.bits[1] <= node.end * 8:
            yield f"{message.protocol} field {node.name!r} has bits {node.bits} outside its bytes [{node.start}, {node.end})"
        stack.extend((child, node) for child in node.children)


def _shown(turns: Sequence[Turn]) -> str:
    """The input that shows the breach, cut to what fits a report."""
    text = " ".join(f"{'>' if direction is Direction.TO_SERVER else '<'}{data.hex()}" for direction, data in turns)
    return f"input {text[:600]}{'…' if len(text) > 600 else ''}"

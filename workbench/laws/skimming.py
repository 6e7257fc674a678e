"""The law of the fast lane: a skimmer says exactly what the decoder says, or nothing."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from dissectors.engine import converse
from dissectors.paths import message_line
from dissectors.slots import described
from dissectors.telling import recite
from workbench.api import Dialogue, Direction, Message, ProtocolSpec, Skim, SkimmedSide, members_text, message_members
from workbench.laws.subject import Subject, Turn

__all__ = ["datagram_differences", "dialogue_of", "row_of", "rows_of", "skim_differences", "skim_of", "skims_truly"]

Row = tuple[int, int, int, str]
"""Direction, start and end of a message, and its text."""


def skims_truly(subject: Subject) -> Iterator[str]:
    """Clean or spoilt, whatever it skims it skims as the decoder reads it; and it skims some of its own seeds."""
    yield from _datagrams_skimmed_truly(subject)
    yield from _steps_skimmed_truly(subject)
    skimmer = subject.spec.skim
    if skimmer is None:
        return
    skimmed = 0
    for name, turns in subject.inputs("skim"):
        try:
            skim = skimmer(dialogue_of(turns))
        except Exception as error:
            yield f"{name}: the skimmer raises {described(error)}"
            continue
        if skim is not None:
            skimmed += name.startswith("seed")
            yield from (f"{name}: {text}" for text in skim_differences(skim, turns, converse(subject.spec, turns)))
    if subject.spec.seeds and not skimmed:
        yield "none of its own seeds is skimmed"


def _datagrams_skimmed_truly(subject: Subject) -> Iterator[str]:
    """Datagram by datagram the same, in order, for all flows that the decoder takes as a message each; and again once it has seen them."""
    if subject.spec.skim_datagrams is None:
        return
    for name, turns in (*subject.inputs("skim"), *subject.inputs("skim")):
        yield from (f"{name}: {text}" for text in datagram_differences(subject.spec, turns))


def datagram_differences(spec: ProtocolSpec, turns: Sequence[Turn]) -> Iterator[str]:
    """Where the fast lane for datagrams says something else than the decoder. The protocol must have one."""
    assert spec.skim_datagrams is not None
    skim = spec.skim_datagrams()
    for message, (direction, data) in zip(converse(spec, turns), turns, strict=True):
        wanted = members_text(message_members(message))
        try:
            found = skim(direction, data)
        except Exception as error:
            yield f"the skimmer raises {described(error)}"
            return
        if found != wanted:
            yield f"the decoder says {_short((wanted,))}, the skimmer {_short((found,))}"


def _steps_skimmed_truly(subject: Subject) -> Iterator[str]:
    """A decoder that skims says the same lines, whichever of its chunks it is asked to skim."""
    spec = subject.spec
    if spec.decoder is None:
        return
    for name, turns in subject.inputs("skim"):
        wanted = [message_line(message) for message in converse(spec, turns, inner=())]
        for way, offered in _OFFERS.items():
            found = recite(spec, turns, offered=offered)
            if found != wanted:
                pairs = zip_longest(wanted, found, fillvalue="nothing more")
                said, skimmed = next((one, other) for one, other in pairs if one != other)
                yield f"{name}: skimming {way} of its chunks, the decoder says {_short((said,))}, as text {_short((skimmed,))}"
                break


_OFFERS: Mapping[str, Callable[[int], bool]] = {
    "all": lambda _: True,
    "the even ones": lambda number: not number % 2,
    "two of three": lambda number: number % 3 > 0,
}
"""Which turns are offered to a decoder that skims."""


def dialogue_of(turns: Sequence[Turn]) -> Dialogue:
    """What a skimmer is given; each turn counts as one packet, from 1."""
    data, ends = [b"", b""], ([0], [0])
    numbers: tuple[list[int], list[int]] = ([0], [0])
    for number, (direction, said) in enumerate(turns, 1):
        data[direction] += said
        ends[direction].append(len(data[direction]))
        numbers[direction].append(number)

    def packets_at(direction: Direction, offsets: Sequence[int]) -> list[int]:
        last = len(ends[direction]) - 1
        return [numbers[direction][min(bisect_left(ends[direction], offset), last)] for offset in offsets]

    return Dialogue((data[0], data[1]), (False, False), packets_at)


def row_of(message: Message) -> Row:
    """The row that stands for a message."""
    return int(message.direction), message.start, message.end, members_text(message_members(message))


def skim_of(rows: Iterable[Row], **handover: Any) -> Skim:
    """Rows of both directions as a skimmer gives them; each direction's in stream order."""
    sides = SkimmedSide([], []), SkimmedSide([], [])
    for direction, _, end, text in rows:
        sides[direction].ends.append(end)
        sides[direction].texts.append(text)
    return Skim(sides, **handover)


def rows_of(skim: Skim, direction: Direction) -> list[Row]:
    """The rows of one direction."""
    ends, texts = skim.sides[direction]
    return [(direction, start, end, text) for start, end, text in zip([0, *ends], ends, texts, strict=False)]


def skim_differences(skim: Skim, turns: Sequence[Turn], messages: Sequence[Message]) -> Iterator[str]:
    """Where a skimmer says something else of these turns than the decoder, whose messages they are."""
    for direction in Direction:
        sent = sum(len(data) for way, data in turns if way is direction)
        until = sent if skim.rest is None else skim.rest[direction]
        expected = [row_of(message) for message in messages if message.direction is direction and message.end <= until]
        found = rows_of(skim, direction)
        if len(found) != len(skim.sides[direction].ends) or len(found) != len(skim.sides[direction].texts):
            yield f"the skimmer's columns {direction.name} have different lengths"
            return
        for wanted, got in zip(expected, found, strict=False):
            if wanted != got:
                yield f"the decoder says {_short(wanted)}, the skimmer {_short(got)}"
                return
        if len(expected) != len(found):
            yield f"the decoder finds {len(expected)} messages {direction.name}, the skimmer {len(found)}"
        elif (expected[-1][2] if expected else 0) != until:
            yield f"the skimmer takes {until} bytes {direction.name}, of which messages take {expected[-1][2] if expected else 0}"


def _short(row: Sequence[object]) -> str:
    text = str(row)
    return text if len(text) <= 400 else f"{text[:400]}…"

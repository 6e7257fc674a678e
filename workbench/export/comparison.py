"""Our dissection of packets against tshark's: where do protocol, value or byte range differ?

Compared is what both know: protocols that we have a name for, and fields by Wireshark's names. A difference is a place to look at, not
always a fault of ours. What is known to be different on purpose is counted with its reason, see `explanations`. Packets in which tshark
gave up (`_ws.malformed`) are counted and left out.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from captures.tshark import TheirPacket
from workbench.export.branches import Branch, Frame, frames
from workbench.export.explanations import Explanation, reason_for
from workbench.export.shapes import plain_value, show
from workbench.export.source import Source

__all__ = ["MOST_KEPT", "Comparison", "Difference", "compare", "render"]

MOST_KEPT = 1_000
"""Differences kept one by one; all are counted."""

LONGEST_SHOWN = 200
"""Characters kept of what a side says; a body may have millions."""

BELOW = frozenset({"eth", "vlan", "ip", "ipv6", "tcp", "udp", "arp", "icmp", "icmpv6"})
"""Protocols below the plugins that are compared: what else there is has other names here."""

_NOT_OURS = frozenset({"frame.protocols", "frame.interface_name"})
"""Fields about the file and about protocols as a whole, which are compared otherwise or not at all."""


class _Value(NamedTuple):
    """A value in one spelling, and where it stands: `start` -1 when not in the packet itself, `size` 0 when it was computed."""

    shown: str
    start: int
    size: int


_Fields = dict[str, list[_Value]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One disagreement about one packet. `kind` is "protocol", "value" or "range"; `name` the protocol or field. Where one side has nothing
    to say it is ""."""

    packet: int
    kind: str
    name: str
    theirs: str
    ours: str


@dataclass(slots=True)
class Comparison:
    """What was found. `counts` are all differences by kind and name, `first` the packets of their first ones, `explained` counts by reason.
    `same` are values that both sides give, `malformed` packets in which tshark gave up, `unseen` those that it does not have at all."""

    packets: int = 0
    same: int = 0
    malformed: int = 0
    unseen: int = 0
    differences: list[Difference] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], int] = field(default_factory=dict)
    explained: Counter[str] = field(default_factory=Counter)


def compare(
    source: Source,
    theirs: Iterable[TheirPacket],
    protocols: Set[str],
    explanations: Iterable[Explanation],
    progress: Callable[[int], None],
) -> Comparison:
    """Compare the selected packets with tshark's view of all packets; `protocols` are those of the plugins, in Wireshark's names."""
    judge = _Judge(protocols | BELOW, tuple(explanations))
    answers = iter(theirs)
    for frame in frames(source, render):
        answer = next((each for each in answers if each.number == frame.packet.number), None)
        if answer is None:
            judge.found.unseen += 1
            continue
        judge.packet(frame, answer)
        progress(judge.found.packets)
    return judge.finish()


def render(branch: Branch) -> bytes:
    """The named fields of a branch, as `_ours` reads them back."""
    in_packet = branch.base > 0 or branch.name in BELOW
    rows = []
    for depth, node in branch.root.walk():
        if depth and node.abbrev and (node.value is not None or not node.children):
            computed = node.generated or node.end <= node.start
            start = branch.place(node) if in_packet and not node.view else -1
            rows.append((node.abbrev, _spelled(show(node, branch.views)), start, 0 if computed else node.end - node.start))
    return json.dumps(rows).encode()


class _Judge:
    """Sees packet after packet. Fields that only one side has are judged at the end, when it is known which fields both know."""

    def __init__(self, protocols: Set[str], explanations: tuple[Explanation, ...]) -> None:
        self.found = Comparison()
        self._protocols = protocols
        self._explanations = explanations
        self._names: tuple[set[str], set[str]] = set(), set()
        self._alone: dict[tuple[str, bool, str], Difference] = {}
        """By field, side and reason: the first such difference."""
        self._alone_counts: Counter[tuple[str, bool, str]] = Counter()

    def packet(self, frame: Frame, answer: TheirPacket) -> None:
        """Compare one packet."""
        self.found.packets += 1
        if "_ws.malformed" in answer.protocols:
            self.found.malformed += 1
            return
        number = frame.packet.number
        here, there = {piece.name for piece in frame.pieces}, set(answer.protocols)
        for name in sorted((here ^ there) & self._protocols):
            self._differ(Difference(number, "protocol", name, *(("", name) if name in here else (name, ""))))
        ours, theirs = _ours(frame), _theirs(answer)
        self._names[0].update(ours)
        self._names[1].update(theirs)
        for name in sorted(ours.keys() | theirs.keys()):
            if name not in _NOT_OURS:
                self._field(number, name, theirs.get(name, []), ours.get(name, []))

    def finish(self) -> Comparison:
        """Judge what only one side had, and give the result."""
        for key, first in self._alone.items():
            if first.name in self._names[0] & self._names[1]:
                self._count(first, key[2], self._alone_counts[key])
        return self.found

    def _field(self, packet: int, name: str, theirs: list[_Value], ours: list[_Value]) -> None:
        values = [sorted(each.shown for each in side) for side in (theirs, ours)]
        if not theirs or not ours:
            difference = Difference(packet, "value", name, _told(values[0]), _told(values[1]))
            key = name, bool(ours), reason_for(difference, self._explanations)
            self._alone.setdefault(key, difference)
            self._alone_counts[key] += 1
        elif values[0] != values[1] and not (len(theirs) == len(ours) and not any(values[0])):
            self._differ(Difference(packet, "value", name, _told(values[0]), _told(values[1])))
        else:
            self.found.same += len(ours)
            places = [sorted(_places(side, other)) for side, other in ((theirs, ours), (ours, theirs))]
            if places[0] != places[1]:
                self._differ(Difference(packet, "range", name, _told(places[0]), _told(places[1])))

    def _differ(self, difference: Difference) -> None:
        self._count(difference, reason_for(difference, self._explanations), 1)

    def _count(self, difference: Difference, reason: str, times: int) -> None:
        found = self.found
        if reason:
            found.explained[reason] += times
            return
        key = difference.kind, difference.name
        found.counts[key] += times
        found.first[key] = min(difference.packet, found.first.get(key, difference.packet))
        if len(found.differences) < MOST_KEPT:
            found.differences.append(difference)


def _spelled(shown: str) -> str:
    """A value as both sides would spell it. tshark's XML loses control characters, and its white space becomes blanks."""
    value = plain_value(shown)
    if not value.isprintable():
        value = "".join(char for char in value if char.isspace() or char >= " ")
    return " ".join(value.split())


def _ours(frame: Frame) -> _Fields:
    found: _Fields = {}
    for piece in frame.pieces:
        for name, shown, start, size in json.loads(piece.text):
            found.setdefault(name, []).append(_Value(shown, start, size))
    return found


def _theirs(answer: TheirPacket) -> _Fields:
    found: _Fields = {}
    for each in answer.fields:
        found.setdefault(each.name, []).append(_Value(_spelled(each.shown), each.start, each.size))
    return found


def _places(side: list[_Value], other: list[_Value]) -> Iterator[str]:
    """Where values stand, as far as both sides can say: not what either computed, and only sizes of what was put together first."""
    if all(value.size for value in (*side, *other)):
        in_packet = all(value.start >= 0 for value in (*side, *other))
        yield from (f"{value.start}:{value.start + value.size}" if in_packet else f"{value.size} bytes" for value in side)


def _told(values: Iterable[str]) -> str:
    text = ", ".join(values)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"

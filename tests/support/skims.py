"""Both lanes side by side: what a skimmer says about a conversation, and what the decoder says."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from dissectors import converse, message_object
from workbench.api import Dialogue, Direction, ProtocolSpec

Turns = Sequence[tuple[Direction, bytes]]
Rows = list[list[tuple[int, int, str]]]
"""For each direction start, end and text of its messages."""


def dialogue(turns: Turns) -> Dialogue:
    """The turns as a skimmer gets them; each is a packet, numbered from 1."""
    parts = [[(data, number) for number, (way, data) in enumerate(turns, 1) if way is side] for side in Direction]
    ends = [list(accumulate(len(data) for data, _ in side)) for side in parts]

    def packets_at(direction: Direction, offsets: Sequence[int]) -> list[int]:
        return [parts[direction][bisect_left(ends[direction], offset)][1] for offset in offsets]

    up, down = (b"".join(data for data, _ in side) for side in parts)
    return Dialogue((up, down), (True, True), packets_at)


def decoded(spec: ProtocolSpec, turns: Turns) -> Rows:
    """What `workbench dissect --format ndjson` prints of each message, from `protocol` on."""
    rows: Rows = [[], []]
    for message in converse(replace(spec, skim=None), turns):
        members = message_object(message)
        for name in ("packet", "packets", "time_ns", "stream"):
            del members[name]
        text = json.dumps(members, separators=(",", ":"))[1:-1]
        rows[message.direction].append((message.start, message.end, text))
    return rows


def skimmed(spec: ProtocolSpec, turns: Turns) -> Rows | None:
    """The same from the skimmer; None where it leaves the conversation to the decoder."""
    assert spec.skim is not None
    found = spec.skim(dialogue(turns))
    if found is None:
        return None
    return [list(zip([0, *side.ends], side.ends, side.texts, strict=False)) if side.ends else [] for side in found.sides]

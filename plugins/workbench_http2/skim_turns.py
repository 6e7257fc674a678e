"""Where the frames of a conversation end, and in which order both directions' frames were complete: what the fast lane goes along."""

from bisect import bisect_left
from collections.abc import Iterator

from workbench.api import Dialogue, Direction
from workbench_http2.frames import HEADER
from workbench_http2.skim_blocks import Unusual

__all__ = ["ends_of", "turns_of"]


def ends_of(data: bytes, at: int) -> list[int]:
    """Where the frames from `at` on end. Raises `Unusual` for very long frames and for a part of one."""
    ends = []
    size = len(data)
    while size - at >= HEADER:
        if data[at]:
            raise Unusual
        at += HEADER + (data[at + 1] << 8 | data[at + 2])
        ends.append(at)
    if at != size:
        raise Unusual
    return ends


def turns_of(dialogue: Dialogue, ends: tuple[list[int], list[int]]) -> Iterator[tuple[Direction, int]]:
    """(direction, count): so many frames of one direction, then of the other, as they were complete. Raises `Unusual` for ties."""
    packets = [dialogue.packets_at(way, ends[way]) for way in Direction]
    done = [0, 0]
    left = (len(ends[0]), len(ends[1]))
    way = Direction.TO_SERVER
    while done[0] < left[0] and done[1] < left[1]:
        other = way.opposite
        first, limit = done[way], packets[other][done[other]]
        place = bisect_left(packets[way], limit, first)
        if place > first:
            done[way] = place
            yield way, place - first
        elif packets[way][first] == limit:
            raise Unusual  # nobody can say which of the two came first
        way = other
    for way in Direction:
        if done[way] < left[way]:
            yield way, left[way] - done[way]

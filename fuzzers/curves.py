"""How much a campaign had seen after how many cases, out of its store: exact for every case, however long any of them took."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fuzzers.novelty import BUCKETS, TRANSITIONS
from fuzzers.store import Store

__all__ = ["Point", "curve_of"]


@dataclass(frozen=True, slots=True)
class Point:
    """Behind case `case` so many places of the target's code, pairs of replies and entries of the corpus were known."""

    case: int
    edges: int
    transitions: int
    corpus: int


def curve_of(store: Store) -> tuple[Point, ...]:
    """A point for each case that showed something new, in order, and one for the last case that was played."""
    points = list(_points(len(store.corpus()), store.shown()))
    played = store.progress()[0]
    if points and played - 1 > points[-1].case:
        last = points[-1]
        points.append(Point(played - 1, last.edges, last.transitions, last.corpus))
    return tuple(points)


def _points(corpus: int, shown: Iterable[tuple[int, tuple[int, ...], bool]]) -> Iterator[Point]:
    places: set[int] = set()
    transitions: set[int] = set()
    for case, features, entry in shown:
        transitions.update(feature for feature in features if feature >= TRANSITIONS)
        places.update(feature // BUCKETS for feature in features if feature < TRANSITIONS)
        corpus += entry
        yield Point(case, len(places), len(transitions), corpus)

"""A smaller corpus that shows as much: which sessions are needed, and what each one shows.

What a session shows is a set of features (see `fuzzers.novelty`): places of the target's code with counts, and pairs of replies.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.corpus_files import Session
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.making import executor_for
from workbench.api import ProtocolSpec, Seed

__all__ = ["covering", "played"]


def covering(sessions: Sequence[Session]) -> list[int]:
    """Places of sessions that together show everything that any of them shows, ascending; none of them can be left out. Greedy: always the
    one that shows most of what is still missing for what it costs, so another choice might be a little smaller."""
    missing = {feature for session in sessions for feature in session.features}
    # what a session is worth only ever falls, so the best one is the first whose worth, looked at again, is still the best
    heap = [(-_worth(session, len(session.features)), place) for place, session in enumerate(sessions) if session.features]
    heapq.heapify(heap)
    chosen = []
    while missing:
        _, place = heapq.heappop(heap)
        session = sessions[place]
        worth = -_worth(session, len(missing.intersection(session.features)))
        if heap and (worth, place) > heap[0]:
            heapq.heappush(heap, (worth, place))
        else:
            missing.difference_update(session.features)
            chosen.append(place)
    return sorted(_needed(sessions, chosen))


def _needed(sessions: Sequence[Session], chosen: Sequence[int]) -> list[int]:
    """Those of the chosen that show something which no other of them shows; the first ones were chosen when nobody knew the last."""
    times = Counter(feature for place in chosen for feature in set(sessions[place].features))
    needed = []
    for place in chosen:
        features = set(sessions[place].features)
        if any(times[feature] == 1 for feature in features):
            needed.append(place)
        else:
            times.subtract(features)
    return needed


def _worth(session: Session, features: int) -> float:
    return features / (session.size + 64 * len(session.messages) + 1)


def played(spec: ProtocolSpec, sessions: Sequence[Session], target: TargetConfig, jobs: int = 0) -> Iterator[Session]:
    """Those sessions that show a target something new, cheapest first, with what they show; sessions that an oracle objects to are left
    out."""
    ordered = sorted(sessions, key=lambda session: (session.size + 64 * len(session.messages), session.name))
    cases = CaseSource(spec, corpus_of(spec, [Seed(session.name, session.messages) for session in ordered]), seed=0)
    with closing(executor_for(spec, cases, target, jobs)) as executor:
        for span in executor.sweep(0, len(ordered)):
            for novel in span.novel:
                yield replace(ordered[novel.case], features=novel.features)

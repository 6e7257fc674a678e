"""The oracle of a comparison: objects where servers differ about a case, unless a quirk excuses it.

What is wrong on one server alone (a crash, a hang, a reply without grammar) is a finding as well, with the server's name in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace

from fuzzers.differential.comparing import Difference, Seen, differences
from fuzzers.differential.normalising import answers_of
from fuzzers.differential.quirks import Quirk, draft, is_known
from fuzzers.escape import shown
from fuzzers.fingerprints import normalised
from fuzzers.hearing import Heard
from fuzzers.model import Ending, Execution, Verdict
from fuzzers.novelty import number_of
from fuzzers.oracles import Judge
from fuzzers.targets.executor import Judged
from workbench.api import Direction, Hints, ProtocolSpec, Severity

__all__ = ["ComparingJudge", "cause_of"]

SHOWN = 400
"""Bytes of one turn in the side-by-side view of a finding."""
MOST_ANSWERS = 8
"""Answers of one case whose combinations are looked at."""

_Talk = Sequence[Heard]


class ComparingJudge(Judge):
    """A `Judge` for executions on several servers; `names` are theirs, in order."""

    def __init__(self, spec: ProtocolSpec, names: Sequence[str], quirks: Sequence[Quirk] = ()) -> None:
        # one client's secrets are not what is compared, and playing that session costs every server its time
        hints = {each.name: getattr(spec.hints, each.name) for each in fields(Hints)} | {"secret": None}
        super().__init__(replace(spec, hints=Hints(**hints)))
        self._names = tuple(names)
        self._quirks = tuple(quirks)

    def judged(self, execution: Execution) -> Judged:
        """One execution on all servers; a bad end on one of them counts first, then a difference, then what one server says wrongly."""
        if not execution.others:  # a server inside this process ended it in the middle
            return super().judged(execution)
        played = dict(zip(self._names, (execution, *execution.others), strict=True))
        for name, each in played.items():
            verdict = self._ended_badly(each)
            if verdict is not None:
                return Judged(execution, _of(name, verdict), execution.coverage)
        talks = {name: [self._talk(turns) for turns in each.conversations] for name, each in played.items()}
        if any(each.cut for each in played.values()):
            return Judged(execution, None, execution.coverage)
        seen = {name: self._seen(each, talks[name]) for name, each in played.items()}
        verdict = self._difference(seen, played, talks) or self._alone(played, talks)
        return Judged(execution, verdict, (*execution.coverage, *self._features(seen, played, talks)))

    def _seen(self, execution: Execution, talks: Sequence[_Talk]) -> Seen:
        answers = [answer for talk in talks for answer in answers_of(self.spec, talk)]
        return Seen(tuple(answers), execution.ending is Ending.CLOSED)

    def _difference(
        self, seen: Mapping[str, Seen], played: Mapping[str, Execution], talks: Mapping[str, Sequence[_Talk]]
    ) -> Verdict | None:
        cause = None
        for difference in differences(seen):
            if cause is None:  # looked for only where there is something to explain
                cause = max(
                    (cause_of(talk) for each in talks.values() for talk in each), default=(0, ""), key=lambda each: each[0]
                )[1]
            if not is_known(difference, cause, self._quirks):
                return _objection(difference, cause, played)
        return None

    def _alone(self, played: Mapping[str, Execution], talks: Mapping[str, Sequence[_Talk]]) -> Verdict | None:
        """What the other oracles say about one of the servers."""
        for name, execution in played.items():
            verdict = self._objection(execution, talks[name]) or self._kept(execution)
            if verdict is not None:
                return _of(name, verdict)
        return None

    def _features(
        self, seen: Mapping[str, Seen], played: Mapping[str, Execution], talks: Mapping[str, Sequence[_Talk]]
    ) -> Iterator[int]:
        """What each server's replies show, and each combination of answers: cases on which servers drift apart lead to more."""
        for name, execution in played.items():
            for talk in talks[name]:
                yield from self.walk.follow(talk, execution.ending)
        most = max(len(each.answers) for each in seen.values())
        for place in range(min(most, MOST_ANSWERS)):
            together = [each.answers[place].kind if place < len(each.answers) else "" for each in seen.values()]
            yield number_of("together", "\n".join(together))


def cause_of(talk: _Talk) -> tuple[int, str]:
    """What is most remarkable about the client's side, for a reader of the protocol: how grave it is (0: nothing), and the first remark
    of that gravity without its numbers."""
    worst = (0, "")
    for said in talk:
        if said.by_client:
            if said.errors:
                return int(Severity.ERROR), normalised(said.errors[0])
            for note in said.message.notes:
                if note.severity > worst[0] and note.severity >= Severity.WARN:
                    worst = int(note.severity), normalised(note.text)
    return worst


def _of(name: str, verdict: Verdict) -> Verdict:
    """A verdict about one server of several."""
    return replace(verdict, summary=f"{name}: {verdict.summary}", fingerprint=f"{verdict.fingerprint}@{name}")


def _objection(difference: Difference, cause: str, played: Mapping[str, Execution]) -> Verdict:
    summary = f"{difference.kind}: {difference}" + (f"; {cause}" if cause else "")
    lines = [line for name, execution in played.items() for line in _side(name, execution)]
    lines += ["", "If this may be, put it into the file for --quirks:", "", draft(difference, cause)]
    fingerprint = f"differential:{difference.kind}:{difference.pattern}:{cause}"
    return Verdict("differential", summary, fingerprint, "\n".join(lines))


def _side(name: str, execution: Execution) -> Iterator[str]:
    """What was said to one server and by it."""
    yield f"{name} ({execution.ending.value})"
    for direction, data in execution.turns:
        yield f"  {'>>' if direction is Direction.TO_SERVER else '<<'} {shown(data, SHOWN)}"

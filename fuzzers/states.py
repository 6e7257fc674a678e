"""What a server was seen to do, step by step: which reply followed which, on what request, and how the plugin's table of states was walked.

Steps are counted where cases are judged, in every worker, and told with the cases; what they add up to is in `fuzzers.state_graph`.
"""

from collections.abc import Sequence

from fuzzers.hearing import Heard
from fuzzers.model import Ending
from fuzzers.novelty import START, number_of, state_key
from workbench.api import ProtocolSpec

__all__ = ["MOST_STEPS", "REPLY", "TABLE", "UNKNOWN", "Step", "Steps", "Walk"]

Step = tuple[str, str, str, str]
"""Of which graph (`REPLY` or `TABLE`), the state before, what was said there, the state after.

States of the graph of replies are their keys (see `fuzzers.novelty.state_key`), what was said is the client's label. In the other graph
both are the plugin's; the state after is `UNKNOWN` where the server said what the table does not have there.
"""
Steps = tuple[tuple[Step, int], ...]
"""Steps with how often they were taken."""

REPLY, TABLE = "reply", "table"
UNKNOWN = "?"
MOST_STEPS = 2048
"""Different steps that are counted: a graph of more is nothing that anybody reads."""


class Walk:
    """Follows conversations of one protocol, and counts their steps."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self._spec = spec
        self._fields = spec.hints.replies
        self._counts: dict[Step, int] = {}
        self._numbers: dict[tuple[str, str], int] = {}

    def follow(self, talk: Sequence[Heard], ending: Ending) -> list[int]:
        """The features of one conversation (those of `fuzzers.novelty.transitions`); its steps are counted."""
        before, asked = START, ""
        numbers = []
        for said in talk:
            if said.by_client:
                asked = "broken" if said.errors else said.message.label
            else:
                after = state_key(said, self._fields)
                self._count((REPLY, before, asked, after))
                numbers.append(self._number(before, after))
                before, asked = after, ""
        self._count((REPLY, before, asked, ending.value))
        numbers.append(self._number(before, ending.value))
        if self._spec.states:
            self._walk_table(talk)
        return numbers

    def taken(self) -> Steps:
        """The steps since the last call."""
        counts, self._counts = self._counts, {}
        return tuple(counts.items())

    def _walk_table(self, talk: Sequence[Heard]) -> None:
        """As far as the client keeps to the table, and the server is in step with it."""
        state = self._spec.initial
        for said in talk:
            following = self._spec.states.get((state, said.message.label)) if not said.errors else None
            if said.early or (following is None and (said.by_client or said.errors)):
                return
            self._count((TABLE, state, said.message.label, following or UNKNOWN))
            if following is None:
                return
            state = following

    def _count(self, step: Step) -> None:
        known = self._counts.get(step, 0)
        if known or len(self._counts) < MOST_STEPS:
            self._counts[step] = known + 1

    def _number(self, before: str, after: str) -> int:
        number = self._numbers.get((before, after))
        if number is None:
            number = number_of(before, after)
            if len(self._numbers) < MOST_STEPS:
                self._numbers[before, after] = number
        return number

"""The section about state machines: which transitions of a protocol's table a capture shows, which never, and what no table allows."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from captures.stream_events import Noticed
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import Material, Section
from workbench.api import Message, ProtocolSpec

__all__ = ["SECTION"]

MOST_FLOWS = 65_536
"""Flows whose state is remembered; the one that was silent longest is forgotten. The dissector follows no more at once either."""

MOST_STEPS = 10_000
"""Different steps told apart; labels are a plugin's own words, so only a broken plugin makes more."""

_Flow = tuple[str, int, tuple[str, ...]]
_Step = tuple[str, str]


@dataclass(slots=True)
class _Count:
    count: int = 0
    first_packet: int = 0

    def add(self, packet: int) -> None:
        if not self.count:
            self.first_packet = packet
        self.count += 1


class Coverage:
    """What was seen of one protocol's table. Illegal steps are told by the state in which they came."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self.spec = spec
        self.flows = 0
        self.seen: dict[_Step, _Count] = {}
        self.illegal: dict[_Step, _Count] = {}
        self.everywhere = frozenset({state for state, _ in spec.states} | set(spec.states.values()))
        """All states: where a flow is of which nothing is known."""
        labels = {label for _, label in spec.states}
        self.senders = {label: frozenset(state for state, other in spec.states if other == label) for label in labels}
        """The states in which each label is legal."""

    def count(self, known: dict[_Step, _Count], step: _Step, packet: int) -> None:
        """One more step of that kind, unless there are too many kinds."""
        if step in known or len(known) < MOST_STEPS:
            known.setdefault(step, _Count()).add(packet)


class _Collector:
    """Follows every flow of every protocol that has a table.

    A flow may be in one of several states as far as anybody knows: when the capture, or an upgrade, began in its middle, and after a
    broken message. A step is illegal when none of them allows it, and a transition was seen when only one does.
    """

    def __init__(self, material: Material) -> None:
        self._material = material
        self._covered = {spec.name: Coverage(spec) for spec in material.specs if spec.states}
        self._states: OrderedDict[_Flow, frozenset[str]] = OrderedDict()

    def message(self, message: Message) -> None:
        """Take the step of its label."""
        covered = self._covered.get(message.protocol)
        if covered is None:
            return
        flow = (message.protocol, message.stream, message.layer)
        before = self._states.pop(flow, None)
        if message.errors or message.label not in covered.senders:
            after = covered.everywhere
        elif before is None:
            begun = frozenset((covered.spec.initial,))
            # nobody says that the capture has the beginning of this flow
            after = self._step(covered, message, begun if begun & covered.senders[message.label] else covered.everywhere)
        else:
            after = self._step(covered, message, before)
        covered.flows += before is None
        self._states[flow] = after
        if len(self._states) > MOST_FLOWS:
            self._states.popitem(last=False)

    def _step(self, covered: Coverage, message: Message, states: frozenset[str]) -> frozenset[str]:
        allowed = states & covered.senders[message.label]
        if self._material.passes(message.packet):
            if not allowed:
                covered.count(covered.illegal, (" or ".join(sorted(states)), message.label), message.packet)
            elif len(allowed) == 1:
                covered.count(covered.seen, (next(iter(allowed)), message.label), message.packet)
        # after an illegal step the flow may be anywhere: what the peers made of it, only they know
        return frozenset(covered.spec.states[state, message.label] for state in allowed) or covered.everywhere

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """How much of each table was seen, its transitions one by one, and the illegal steps."""
        covered = [each for each in self._covered.values() if each.flows]
        yield _summary(covered)
        yield _transitions(covered)
        yield _illegal(covered)


def _summary(covered: Iterable[Coverage]) -> Table:
    columns = (
        Column("protocol", "protocol"),
        Column("flows", "flows", "count"),
        Column("seen", "transitions seen", "count"),
        Column("transitions", "of", "count"),
        Column("share", "share", "share"),
        Column("illegal", "illegal steps", "count"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.spec.name,
            each.flows,
            len(each.seen),
            len(each.spec.states),
            len(each.seen) / len(each.spec.states),
            sum(count.count for count in each.illegal.values()),
        )
        for each in covered
    )
    return Table(name="states", title="state machines", columns=columns, rows=rows)


_STEP = (Column("protocol", "protocol"), Column("state", "state"), Column("label", "message"))
_SEEN = (Column("count", "times", "count"), Column("first_packet", "first", "packet"))


def _transitions(covered: Iterable[Coverage]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in covered:
        for (state, label), following in sorted(each.spec.states.items()):
            count = each.seen.get((state, label))
            seen = (0, None) if count is None else (count.count, count.first_packet)
            rows.append((each.spec.name, state, label, following, *seen))
    columns = (*_STEP, Column("next", "leads to"), *_SEEN)
    return Table(name="transitions", title="transitions", columns=columns, rows=tuple(rows))


def _illegal(covered: Iterable[Coverage]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (each.spec.name, state, label, count.count, count.first_packet)
        for each in covered
        for (state, label), count in sorted(each.illegal.items(), key=lambda item: -item[1].count)
    )
    return Table(name="illegal", title="steps that the state machine does not allow", columns=(*_STEP, *_SEEN), rows=rows)


SECTION = Section(
    name="states",
    title="State machines",
    about="Transitions of each protocol's state table that the capture shows, those it never shows, and steps that are not legal.",
    need="messages",
    begin=_Collector,
    filtered=True,
)

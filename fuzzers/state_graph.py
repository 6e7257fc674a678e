"""What a campaign learnt about a server's states, and how it compares with the plugin's table: as JSON, DOT (Graphviz) and Mermaid."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzzers.escape import printable
from fuzzers.states import REPLY, UNKNOWN, Steps
from fuzzers.store import Store

__all__ = ["FORMATS", "NOTHING_LEARNT", "Move", "StateGraph", "as_dot", "as_mermaid", "state_graph"]

LONGEST = 48
"""Characters of a label in a drawing."""
DRAWN = 200
"""Moves that are drawn, the most frequent ones: layout programs take minutes for more, and nobody follows the lines."""


@dataclass(frozen=True, slots=True)
class Move:
    """From one state to another, by what was said; so often (0: the table has it, and it was never seen)."""

    before: str
    said: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class StateGraph:
    """`replies` are moves between replies, on requests; `table` those between the states of the plugin's table, what it does not have
    among them (to the state `fuzzers.states.UNKNOWN`). The most frequent first."""

    replies: tuple[Move, ...]
    table: tuple[Move, ...]

    @property
    def unknown(self) -> tuple[Move, ...]:
        """What the server did and the table does not know."""
        return tuple(move for move in self.table if move.after == UNKNOWN)

    @property
    def never(self) -> tuple[Move, ...]:
        """What the table has and nobody saw."""
        return tuple(move for move in self.table if not move.count)

    def as_json(self) -> dict[str, Any]:
        """Everything, with the two kinds of disagreement apart."""

        def facts(moves: Sequence[Move]) -> list[dict[str, Any]]:
            return [{"before": each.before, "said": each.said, "after": each.after, "count": each.count} for each in moves]

        return {
            "replies": facts(self.replies),
            "table": facts(self.table),
            "unknown": facts(self.unknown),
            "never_seen": facts(self.never),
        }

    def as_text(self) -> str:
        """Some lines for people."""
        lines = [
            f"{len(self.replies)} moves between replies, {sum(bool(each.count) for each in self.table)} of the table of states"
        ]
        lines += [f"  {_arrow(move)}  {move.count:,} times" for move in self.replies[:DRAWN]]
        if self.unknown:
            lines += ["not in the table of states:", *(f"  {_arrow(move)}  {move.count:,} times" for move in self.unknown)]
        if self.never:
            lines += ["in the table of states and never seen:", *(f"  {_arrow(move)}" for move in self.never)]
        return "\n".join(lines) + "\n"


NOTHING_LEARNT = StateGraph((), ())


def state_graph(directory: Path) -> StateGraph:
    """What the campaign in `directory` learnt so far; raises `UsageError` where there is none."""
    store = Store.open(directory)
    try:
        table = {(each[0], each[1]): each[2] for each in store.meta().get("states", ())}
        return _graph(store.steps(), table)
    finally:
        store.close()


def _graph(steps: Steps, table: Mapping[tuple[str, str], str]) -> StateGraph:
    replies = [Move(*step[1:], count) for step, count in steps if step[0] == REPLY]
    walked = [Move(*step[1:], count) for step, count in steps if step[0] != REPLY]
    seen = {(each.before, each.said) for each in walked}
    never = [Move(*key, after, 0) for key, after in table.items() if key not in seen]
    return StateGraph(tuple(replies), (*walked, *never))


def _arrow(move: Move) -> str:
    return printable(f"{move.before} —{f' {move.said} ' if move.said else ''}→ {move.after}")


def _label(move: Move) -> str:
    said = move.said if len(move.said) <= LONGEST else f"{move.said[:LONGEST]}…"
    return f"{said} ({move.count})" if said else f"({move.count})"


def _names(moves: Sequence[Move], prefix: str) -> dict[str, str]:
    """Identifiers for the states of a graph: what a server says is no identifier in any language."""
    states = dict.fromkeys(state for move in moves for state in (move.before, move.after))
    return {state: f"{prefix}{number}" for number, state in enumerate(states)}


def _once(moves: Sequence[Move]) -> Iterator[Move]:
    """One move between two states where there are many: the labels that lead there, the most frequent first."""
    together: dict[tuple[str, str], list[Move]] = {}
    for move in moves:
        together.setdefault((move.before, move.after), []).append(move)
    for (before, after), each in together.items():
        said = Counter({move.said: move.count for move in each})
        yield Move(before, ", ".join(filter(None, said)), after, said.total())


def as_dot(graph: StateGraph) -> str:
    """For Graphviz: replies and table side by side; what was never seen is dashed, what the table does not have is red."""
    lines = [
        "digraph states {",
        '  rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif"]; edge [fontname="sans-serif"];',
    ]
    for title, moves, prefix in (("replies", graph.replies, "r"), ("table of states", graph.table, "t")):
        if moves:
            lines += [f"  subgraph cluster_{prefix} {{", f"    label={_quoted(title)};"]
            drawn = list(_once(moves[:DRAWN]))
            names = _names(drawn, prefix)
            lines += [f"    {name} [label={_quoted(state)}];" for state, name in names.items()]
            for move in drawn:
                style = ', color="red"' if prefix == "t" and move.after == UNKNOWN else "" if move.count else ', style="dashed"'
                lines.append(f"    {names[move.before]} -> {names[move.after]} [label={_quoted(_label(move))}{style}];")
            lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(graph: StateGraph) -> str:
    """For Markdown: the moves between replies; then those of the table."""
    lines = ["stateDiagram-v2"]
    for moves, prefix in ((graph.replies, "r"), (graph.table, "t")):
        drawn = list(_once(moves[:DRAWN]))
        names = _names(drawn, prefix)
        lines += [f'  state "{_harmless(state)}" as {name}' for state, name in names.items()]
        lines += [f"  {names[move.before]} --> {names[move.after]} : {_harmless(_label(move))}" for move in drawn]
    return "\n".join(lines) + "\n"


FORMATS: Mapping[str, Callable[[StateGraph], str]] = {"dot": as_dot, "mermaid": as_mermaid, "text": StateGraph.as_text}
"""What a graph can be written as, beside JSON."""


def _quoted(text: str) -> str:
    """A string of DOT."""
    return '"' + printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _harmless(text: str) -> str:
    """A label of Mermaid, which has no way to escape what it takes for its own."""
    return "".join(char if char.isalnum() or char in " _-.,()/+=…?" else " " for char in printable(text))

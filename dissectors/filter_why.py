"""Why a packet passes a filter, or does not: each term with its answer, and the values that it looked at."""

from collections.abc import Iterator, Sequence

from dissectors.field_values import HeaderBytes, MessageBytes
from dissectors.filter_questions import Cost, Question
from dissectors.filter_rows import Rows
from dissectors.filter_tree import Both, Node, Not, Term
from dissectors.filter_view import View
from dissectors.filters import Filter
from dissectors.text import safe, shown
from workbench.api import Message

__all__ = ["MOST_VALUES", "why"]

MOST_VALUES = 8
"""Values of one field that are shown: a header block has a hundred."""

_MARKS = {True: "✓", False: "✗"}


def why(wanted: Filter, rows: Rows, row: int, messages: Sequence[Message]) -> Iterator[str]:
    """Lines about the packet of a row with these messages (those that it completes), indented as terms lie inside each other."""
    if wanted.tree is None:
        yield "✓ no filter: every packet passes"
        return
    view = View(rows.headers(row), messages)
    yield from _explained(wanted.tree, view, rows, row, 0)


def _explained(node: Node, view: View, rows: Rows, row: int, depth: int) -> Iterator[str]:
    mark = _MARKS[_holds(node, view, rows, row)]
    indent = "  " * depth
    if isinstance(node, Term):
        yield f"{indent}{mark} {safe(node.asks.text)}{_found(node.asks, view)}"
        return
    yield f"{indent}{mark} {'not' if isinstance(node, Not) else 'all of' if isinstance(node, Both) else 'one of'}"
    for part in (node.inner,) if isinstance(node, Not) else node.parts:
        yield from _explained(part, view, rows, row, depth + 1)


def _holds(node: Node, view: View, rows: Rows, row: int) -> bool:
    if isinstance(node, Term):
        question: Question = node.asks
        return question.holds(view) if question.cost is Cost.MESSAGES else rows.answer(row, question)
    if isinstance(node, Not):
        return not _holds(node.inner, view, rows, row)
    answers = [_holds(part, view, rows, row) for part in node.parts]
    return all(answers) if isinstance(node, Both) else any(answers)


def _found(question: Question, view: View) -> str:
    """What its sides are in this packet; a whole protocol is there or is not, and has no value worth a line."""
    sides = [source.values(view) for source in question.sources if not isinstance(source, HeaderBytes | MessageBytes)]
    if not sides:
        return ""
    told = (", ".join(shown(found.value) for found in side[:MOST_VALUES]) for side in sides)
    more = any(len(side) > MOST_VALUES for side in sides)
    words = [text or "nothing of that name" for text in told]
    return f"   found {' and '.join(words)}{', …' if more else ''}"

"""The shape of a filter line: terms under `and`, `or` and `not`, and what is certain or possible while only some terms are answered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Both", "Either", "Node", "Not", "Term", "bounds", "terms", "truth"]


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A question about packets or about messages; what it asks is the evaluator's business."""

    asks: Any


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """The opposite."""

    inner: "Node"


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """All of them; none is true."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """At least one of them."""

    parts: "tuple[Node, ...]"


Node = Term | Not | Both | Either


def terms(node: Node) -> Iterator[Term]:
    """The terms, in the order of the line."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Not):
        yield from terms(node.inner)
    else:
        for part in node.parts:
            yield from terms(part)


def truth(node: Node, answer: Callable[[Term], Any]) -> Any:
    """The value of a tree whose terms have these answers: booleans, or numpy masks of equal length."""
    if isinstance(node, Term):
        return answer(node)
    if isinstance(node, Not):
        return truth(node.inner, answer) ^ True
    values = [truth(part, answer) for part in node.parts]
    if isinstance(node, Both):
        whole: Any = True
        for value in values:
            whole = whole & value
        return whole
    whole = False
    for value in values:
        whole = whole | value
    return whole


def bounds(node: Node, answer: Callable[[Term], tuple[Any, Any]]) -> tuple[Any, Any]:
    """What is certain and what is possible, where each term's answer is such a pair (the same value twice for one that is known)."""
    if isinstance(node, Term):
        return answer(node)
    if isinstance(node, Not):
        certain, possible = bounds(node.inner, answer)
        return possible ^ True, certain ^ True
    found = [bounds(part, answer) for part in node.parts]
    first: Any = isinstance(node, Both)
    certain, possible = first, first
    for low, high in found:
        certain, possible = (certain & low, possible & high) if first else (certain | low, possible | high)
    return certain, possible

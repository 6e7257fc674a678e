"""How a line is cut and joined. What terms mean, and what is said about mistakes, is tested with `filters`."""

from typing import Any

import pytest

from dissectors.filter_line import Words, read_line
from dissectors.filter_tree import Both, Node, Not, Term
from workbench.api import UsageError


def shape(node: Node | None) -> Any:
    """A tree as nested lists."""
    if node is None:
        return None
    if isinstance(node, Term):
        return node.asks
    if isinstance(node, Not):
        return ["not", shape(node.inner)]
    return ["and" if isinstance(node, Both) else "or", *map(shape, node.parts)]


def read(text: str) -> Any:
    return shape(read_line(text, lambda words: Term(words.name or words.text)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("a", "a"),
        ("a b", ["and", "a", "b"]),
        ("a and b && c", ["and", "a", "b", "c"]),
        ("a or b c", ["or", "a", ["and", "b", "c"]]),
        ("(a or b) c", ["and", ["or", "a", "b"], "c"]),
        ("a||b", "a||b"),
        ("a || b", ["or", "a", "b"]),
        ("not a b", ["and", ["not", "a"], "b"]),
        ("!(a b)", ["not", ["and", "a", "b"]]),
        ("not not a", ["not", ["not", "a"]]),
        ("((a))", "a"),
        ('"a or b"', "a or b"),
        ("nota orb andy", ["and", "nota", "orb", "andy"]),
        ("a==1 or b in {1 2} or len(c)>3", ["or", "a", "b", "len(c)"]),
        ("(a==1)or(b==2)", ["or", "a", "b"]),
    ],
)
def test_precedence(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x==1", Words("x", "==", "1", offset=3)),
        ("x  >=  1", Words("x", ">=", "1", offset=7)),
        ('x contains "a \\"b\\""', Words("x", "contains", 'a "b"', offset=11)),
        ("x matches ^a", Words("x", "matches", "^a", offset=10)),
        ('x in {1, "two three" 4-5}', Words("x", "in", choices=("1", "two three", "4-5"), offset=6)),
        ("x in {}", Words("x", "in", choices=("",), offset=6)),
        ("x[0:4]==1", Words("x[0:4]", "==", "1", offset=8)),
        ("count( x ) == 2", Words("count( x )", "==", "2", offset=14)),
        ("10.0.0.0/8", Words("10.0.0.0/8")),
    ],
)
def test_terms_are_taken_apart(text, words):
    found: list[Words] = []

    def take(term: Words) -> Term:
        found.append(term)
        return Term(term)

    read_line(text, take)
    assert found == [words]


def test_depth_is_bounded():
    with pytest.raises(UsageError, match="are enough"):
        read("!" * 5_000 + "a")

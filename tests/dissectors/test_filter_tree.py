"""Trees of terms. Invariant: what is certain holds however the unknown terms turn out, and what is not possible never does."""

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_tree import Both, Either, Node, Not, Term, bounds, terms, truth

LEAVES = [Term(name) for name in "abcd"]
TREES: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(TREES, st.tuples(*[st.booleans()] * 4))
def test_masks_and_booleans_agree(tree, values):
    known = dict(zip(LEAVES, values, strict=True))
    assert bool(truth(tree, lambda term: np.array([known[term]]))[0]) is bool(truth(tree, known.__getitem__))


@given(TREES, st.tuples(*[st.sampled_from((True, False, None))] * 4))
def test_bounds_hold_whatever_the_unknown_turns_out_to_be(tree, values):
    known = dict(zip(LEAVES, values, strict=True))
    pairs = {True: (True, True), False: (False, False), None: (False, True)}
    certain, possible = bounds(tree, lambda term: pairs[known[term]])
    unknown = [term for term in LEAVES if known[term] is None]
    for guess in product((True, False), repeat=len(unknown)):
        world = {**known, **dict(zip(unknown, guess, strict=True))}
        found = bool(truth(tree, world.__getitem__))
        assert certain <= found <= possible


def test_terms_come_in_the_order_of_the_line():
    a, b, c, _ = LEAVES
    assert list(terms(Both((Not(a), Either((b, c)), a)))) == [a, b, c, a]

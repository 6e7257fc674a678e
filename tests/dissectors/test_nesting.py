"""Invariant: afterwards every field lies inside its parent and inside the message."""

from hypothesis import given
from hypothesis import strategies as st

from dissectors.nesting import nested
from workbench.api import Field

SIZE = 20


def _fields() -> st.SearchStrategy[Field]:
    spans = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)
    leaf = st.builds(lambda span, view: Field("leaf", span[0], span[1], 1, view=view), spans, st.integers(0, 1))
    return st.recursive(
        leaf,
        lambda inside: st.builds(
            lambda span, view, children: Field("node", span[0], span[1], children=tuple(children), view=view),
            spans,
            st.integers(0, 1),
            st.lists(inside, max_size=3),
        ),
        max_leaves=10,
    )


@given(st.lists(_fields(), max_size=4))
def test_everything_lies_inside(children: list[Field]):
    root = nested(Field("root", 0, 5, children=tuple(children)), SIZE)
    assert 0 <= root.start <= root.end <= SIZE
    for _, node in root.walk():
        for child in node.children:
            assert child.view != node.view or node.start <= child.start <= child.end <= node.end
    assert len(list(root.walk())) == 1 + sum(len(list(child.walk())) for child in children)


def test_what_fits_is_left_alone():
    root = Field("root", 0, 5, children=(Field("a", 0, 2), Field("b", 2, 5, children=(Field("c", 3, 4),))))
    assert nested(root, SIZE) == root


def test_the_root_grows_and_others_lose_their_place():
    inner = Field("inner", 1, 2, children=(Field("far", 6, 8, 7),))
    root = nested(Field("root", 0, 5, children=(inner, Field("late", 8, 9, 1))), SIZE)
    assert (root.start, root.end) == (0, 9)
    far = root.children[0].children[0]
    assert (far.start, far.end, far.value, far.generated) == (2, 2, 7, True)
    assert root.children[1] == Field("late", 8, 9, 1)


def test_nothing_lies_behind_the_message():
    root = nested(Field("root", 0, 30, children=(Field("a", 25, 30, 1),)), SIZE)
    assert (root.start, root.end) == (0, SIZE)
    assert (root.children[0].start, root.children[0].end) == (SIZE, SIZE)

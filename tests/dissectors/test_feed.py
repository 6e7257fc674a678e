"""A queue is a queue."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from dissectors.feed import Feed

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers()),
        st.tuples(st.just("next"), st.none()),
        st.tuples(st.just("put_first"), st.lists(st.integers(), max_size=3)),
        st.tuples(st.just("take_all"), st.none()),
    )
)


@given(STEPS)
def test_it_does_what_a_deque_does(steps):
    feed, model = Feed(), deque()
    for step, value in steps:
        if step == "append":
            feed.append(value)
            model.append(value)
        elif step == "next" and model:
            assert feed.next() == model.popleft()
        elif step == "put_first":
            feed.put_first(value)
            model.extendleft(reversed(value))
        elif step == "take_all":
            assert feed.take_all() == list(model)
            model.clear()
        assert bool(feed) is bool(model)
        if not model:
            assert len(feed) == 0, "nothing stays behind"
    assert feed.take_all() == list(model)

from hypothesis import given
from hypothesis import strategies as st

from fuzzers import TargetConfig
from fuzzers.corpus_files import Session
from fuzzers.covering import covering, played
from support.tiny import CRASH, SEEDS, TINY, packet

sessions_of_any_kind = st.lists(
    st.builds(
        lambda size, features: Session("", (bytes(size),), tuple(features)),
        st.integers(1, 50),
        st.sets(st.integers(0, 30), max_size=10),
    ),
    max_size=20,
)


@given(sessions_of_any_kind)
def test_the_subset_shows_all_and_everyone_in_it_is_needed(sessions):
    chosen = covering(sessions)
    assert chosen == sorted(set(chosen))
    everything = set().union(*(session.features for session in sessions))
    assert set().union(*(sessions[place].features for place in chosen)) == everything
    for left_out in chosen:
        assert set().union(*(sessions[place].features for place in chosen if place != left_out)) != everything


def test_what_is_cheap_for_what_it_shows_comes_first():
    large = Session("large", (bytes(1000),), (1, 2, 3))
    small = [Session("a", (b"x",), (1, 2)), Session("b", (b"x",), (3,)), Session("c", (b"x",), (3,)), Session("nothing", (b"x",))]
    assert covering([large, *small]) == [1, 2]
    assert covering([large, small[0]]) == [0], "what only it shows needs the large one, and then nobody else"


def test_sessions_are_played_to_see_what_they_show():
    again = Session("again", SEEDS[0].messages)
    crash = Session("crash", (packet(1, CRASH),))
    talks = [Session(seed.name, seed.messages) for seed in SEEDS]
    shown = list(played(TINY, [*talks, again, crash], TargetConfig(kind="training"), jobs=1))
    assert all(session.features for session in shown)
    assert "crash" not in {session.name for session in shown}
    assert {session.messages for session in shown} <= {seed.messages for seed in SEEDS}
    assert len(covering(shown)) == len({session.messages for session in shown})

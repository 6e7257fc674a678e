import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.model import Act, Case, Conduct, Ending, Execution, Finding, Mutation, Parting
from workbench.api import Direction


def test_a_mutation_describes_itself():
    mutation = Mutation("value.boundary.rebuilt", 2, "payload.offset", "0", "255")
    assert str(mutation) == "value.boundary.rebuilt: message 2 payload.offset: 0 → 255"
    assert str(Mutation("sequence.delete", 1, "", "abc", "")) == "sequence.delete: message 1: abc → (nothing)"


def test_facts_are_frozen_and_sized():
    case = Case(7, "seed", (b"abc", b"de"))
    assert case.size == 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.number = 8
    finding = Finding("crash-1", "crash", "", "", 7, Path("x"), (b"ab", b"c"), 5, 100)
    assert finding.size == 3


def test_replies_are_what_the_server_said():
    turns = ((Direction.TO_SERVER, b"a"), (Direction.TO_CLIENT, b"b"), (Direction.TO_SERVER, b"c"), (Direction.TO_CLIENT, b"d"))
    assert Execution(turns, Ending.OPEN).replies == b"bd"


def test_turns_are_told_apart_by_their_connection():
    ask, answer = Direction.TO_SERVER, Direction.TO_CLIENT
    turns = ((ask, b"a"), (ask, b"b"), (answer, b"A"), (answer, b"B"))
    assert Execution(turns, Ending.OPEN).conversations == (turns,)
    assert Execution(turns, Ending.OPEN, lanes=(0, 1, 0, 1)).conversations == (
        ((ask, b"a"), (answer, b"A")),
        ((ask, b"b"), (answer, b"B")),
    )


def test_by_default_everything_goes_over_one_connection_that_is_closed():
    assert list(Conduct().acts(2)) == [Act(0, 0, None), Act(1, 0, Parting.CLOSE)]
    assert Case(0, "seed", (b"a",)).conduct == Conduct()
    assert Conduct.of((0, 0, 0)) == Conduct.of((7, 7, 7), ()) == Conduct.of(()) == Conduct()
    assert Conduct.of((0, 0), (Parting.CLOSE, Parting.RESET)) == Conduct()


def test_connections_end_behind_their_last_message():
    conduct = Conduct.of((0, 1, 0, 1), (Parting.RESET, Parting.ABANDON))
    assert list(conduct.acts(4)) == [Act(0, 0, None), Act(1, 1, None), Act(2, 0, Parting.RESET), Act(3, 1, Parting.ABANDON)]


def test_messages_that_are_left_keep_their_connection_and_its_end():
    conduct = Conduct.of((0, 1, 0, 1, 2), (Parting.RESET, Parting.ABANDON, Parting.HALF_CLOSE))
    assert conduct.for_messages((1, 2)) == Conduct((0, 1), (Parting.ABANDON, Parting.RESET))
    assert conduct.for_messages((4,)) == Conduct((), (Parting.HALF_CLOSE,))
    assert Conduct((), (Parting.RESET,)).for_messages((3,)) == Conduct((), (Parting.RESET,))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.lists(st.sampled_from(Parting), max_size=4), st.data())
def test_no_way_to_make_a_conduct_changes_what_it_means(lanes, partings, data):
    conduct = Conduct.of(lanes, partings)
    assert Conduct.of([conduct.lane_of(place) for place in range(len(lanes))], conduct.partings) == conduct
    for place, lane in enumerate(lanes):
        same = [conduct.lane_of(other) == conduct.lane_of(place) for other in range(len(lanes))]
        assert same == [other == lane for other in lanes]
        assert conduct.parting_of(conduct.lane_of(place)) == (partings[lane] if lane < len(partings) else Parting.CLOSE)
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(lanes))))))
    assert conduct.for_messages(kept) == (
        Conduct.of([lanes[place] for place in kept], partings) if kept else conduct.for_messages(())
    )
    assert Conduct.from_json(json.loads(json.dumps(conduct.as_json())), len(lanes)) == conduct
    assert sum(act.parting is not None for act in conduct.acts(len(lanes))) == len(set(lanes))


@pytest.mark.parametrize("data", [{"lanes": [0, 1]}, {"lanes": [0, -1, 0]}, {"lanes": ["x", 0, 0]}, {"partings": ["bang"]}])
def test_a_conduct_that_is_none_is_refused(data):
    with pytest.raises(ValueError, match=r"lanes|invalid literal|Parting"):
        Conduct.from_json(data, 3)

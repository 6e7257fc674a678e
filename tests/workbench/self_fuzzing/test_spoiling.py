from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Direction
from workbench.self_fuzzing.spoiling import MOST_BYTES, split, spoilt
from workbench.self_fuzzing.talks import Talk, Turn

TALK = Talk("here", "toy", (Turn(Direction.TO_SERVER, b"question"), Turn(Direction.TO_CLIENT, b"answer" * 50)))
OTHER = Talk("there", "toy", (Turn(Direction.TO_SERVER, b"x" * 4000, gap=7),))

turns = st.lists(st.builds(Turn, st.sampled_from(Direction), st.binary(min_size=1, max_size=300), st.integers(0, 9)), max_size=8)


@given(st.integers(0, 1 << 32), st.booleans())
def test_a_case_is_a_function_of_its_randomness_and_has_bounds(seed, losing):
    spoilt_turns = spoilt(TALK, (TALK, OTHER), (b"token",), Random(seed), losing=losing)
    assert spoilt_turns == spoilt(TALK, (TALK, OTHER), (b"token",), Random(seed), losing=losing)
    assert sum(len(turn.data) for turn in spoilt_turns) <= MOST_BYTES
    assert losing or not any(turn.gap for turn in spoilt_turns)


def test_every_kind_of_damage_happens():
    cases = [spoilt(TALK, (TALK, OTHER), (b"token",), Random(seed), losing=True) for seed in range(600)]
    assert any(len(case) > len(TALK.turns) for case in cases)
    assert any(len(case) < len(TALK.turns) for case in cases)
    assert any(turn.gap for case in cases for turn in case)
    assert any(turn.data == b"token" for case in cases for turn in case)
    assert any(case and case[0].direction is Direction.TO_CLIENT for case in cases)
    assert any(b"xxxx" in turn.data for case in cases for turn in case)


@given(turns, st.integers(0, 1 << 32))
def test_pieces_are_the_same_bytes(turns, seed):
    pieces = split(turns, Random(seed))
    for direction in Direction:
        assert b"".join(p.data for p in pieces if p.direction is direction) == b"".join(
            t.data for t in turns if t.direction is direction
        )
        assert sum(p.gap for p in pieces if p.direction is direction) == sum(t.gap for t in turns if t.direction is direction)

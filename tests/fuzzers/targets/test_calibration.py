from itertools import count

import pytest

from fuzzers.model import Ending
from fuzzers.novelty import BUCKETS, TRANSITIONS
from fuzzers.targets import calibration
from fuzzers.targets.calibration import STABLE, TIMES, Measured, best, measured

ALWAYS = frozenset(place * BUCKETS for place in range(19))


def test_what_is_the_same_each_time_is_stable():
    found = measured(lambda _: (ALWAYS | {TRANSITIONS + 5}, Ending.OPEN), 3)
    assert found == Measured(1.0, covered=True, unstable=())


def test_a_place_that_differs_again_and_again_is_unstable():
    played = count()

    def show(number):
        # how often a place is reached counts as well
        return ALWAYS | {19 * BUCKETS + (1 if next(played) % TIMES == 5 else 0)}, Ending.CLOSED

    found = measured(show, 2)
    assert found.unstable == (19,)
    assert found.stability == pytest.approx(1 - 1 / 20)
    assert found.stability >= STABLE


def test_what_happens_once_is_forgiven():
    played = count()
    found = measured(lambda _: (ALWAYS | ({8 * 50} if next(played) == TIMES else set()), Ending.OPEN), 2)
    assert found.unstable == ()


def test_getting_ready_is_not_counted():
    seen = set()

    def show(number):
        first = number not in seen
        seen.add(number)
        return ALWAYS | ({8 * 100} if first else set()), Ending.OPEN

    assert measured(show, 3).unstable == ()


def test_without_coverage_the_replies_have_to_do():
    played = count()
    found = measured(lambda _: (frozenset({TRANSITIONS + 1, TRANSITIONS + 2 + next(played) % 2}), Ending.OPEN), 1)
    assert not found.covered
    assert found.unstable == ()
    assert found.stability == pytest.approx(1 / 3)


def test_a_seed_that_ends_badly_says_nothing():
    played = count()
    found = measured(lambda _: (frozenset({next(played)}), Ending.CRASHED), 1)
    assert found == Measured(1.0, covered=False, unstable=())


def test_not_all_of_many_seeds_are_played(monkeypatch):
    monkeypatch.setattr(calibration, "MOST_SEEDS", 2)
    played = []
    measured(lambda number: (played.append(number), (ALWAYS, Ending.OPEN))[1], 50)
    assert set(played) == {0, 1}


def test_the_first_that_is_good_enough():
    bad, good = Measured(0.9, covered=True, unstable=(3, 4)), Measured(0.96, covered=True, unstable=(4,))
    chosen = best([("live", bad), ("fork", good)], places=64)
    assert (chosen.executor, chosen.stability, chosen.places, chosen.masked) == ("fork", 0.96, 64, (4,))
    assert chosen.why == "live is only 90 % stable"


def test_the_best_of_bad_ones():
    tried = [("live", Measured(0.9, covered=False, unstable=())), ("restart", Measured(0.8, covered=False, unstable=()))]
    chosen = best(tried, ["fork: there is no compiler"], places=64)
    assert (chosen.executor, chosen.places) == ("live", 0)
    assert chosen.why == "restart is only 80 % stable; fork: there is no compiler"

from collections import Counter
from random import Random

from fuzzers.pool import EPOCH, Grown, Pool
from fuzzers.schedule import Schedule
from workbench.api import Seed

SEEDS = tuple(Seed(str(number), (b"seed",)) for number in range(3))


def pool_of(*entries):
    """Each entry: size, features."""
    pool = Pool(SEEDS)
    for number, (size, features) in enumerate(entries):
        pool.offer(Grown((b"x" * size,), EPOCH + number, "bytes", 0.2, 0, tuple(features)))
    return pool


def picks(schedule, usable, count=4_000):
    random = Random(1)
    return Counter(schedule.pick(usable, random) for _ in range(count))


def test_only_usable_entries_are_picked_and_all_of_them():
    schedule = Schedule(pool_of(*((5, [number]) for number in range(20))))
    assert set(picks(schedule, 3)) == {0, 1, 2}
    assert set(picks(schedule, 10)) == set(range(10))
    assert set(picks(schedule, 23)) == set(range(23))


def test_the_newest_are_picked_often():
    chosen = picks(Schedule(pool_of(*((5, [number]) for number in range(100)))), 103)
    assert sum(chosen[place] for place in range(95, 103)) > 4 * sum(chosen[place] for place in range(40, 48))


def test_the_cheapest_that_shows_a_feature_is_favoured():
    # the second shows all that the first shows, for less, and something that nobody else does
    entries = [(500, [1, 2]), (5, [1, 2, 3]), *((5, [10 + number]) for number in range(80))]
    chosen = picks(Schedule(pool_of(*entries)), 85, 20_000)
    assert chosen[4] > 3 * chosen[3]


def test_a_pool_can_be_looked_at_as_it_was():
    pool = pool_of(*((5, [number, 100 + number % 7]) for number in range(60)))
    ascending, jumping = Schedule(pool), Schedule(pool)
    wanted = {usable: picks(ascending, usable, 200) for usable in (3, 20, 40, 63)}
    assert {usable: picks(jumping, usable, 200) for usable in (63, 3, 40, 20)} == wanted

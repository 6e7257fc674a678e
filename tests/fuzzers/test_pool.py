from hypothesis import given
from hypothesis import strategies as st

from fuzzers import pool as rooms
from fuzzers.pool import EPOCH, LAG, LARGEST, LONGEST, Grown, Pool, epoch_of, first_unknown
from workbench.api import Seed

SEEDS = (Seed("one", (b"a",)), Seed("two", (b"b", b"c")))


def grown(case, *features):
    return Grown((b"x%d" % case,), case, "bytes", 0.2, 0, features)


def test_what_shows_something_new_becomes_an_entry():
    pool = Pool(SEEDS)
    assert pool.offer(grown(600, 1, 2))
    assert not pool.offer(grown(601, 1))
    assert pool.offer(grown(602, 2, 3))
    assert (len(pool), pool.latest, pool.seen) == (4, 602, {1, 2, 3})
    assert [pool.messages_at(place) for place in range(4)] == [(b"a",), (b"b", b"c"), (b"x600",), (b"x602",)]


def test_a_seed_that_shows_something_is_an_entry_already():
    pool = Pool(SEEDS)
    assert not pool.offer(grown(1, 7))
    assert (len(pool), pool.seen, pool.latest) == (2, {7}, 1)
    assert not pool.wants(9, (7,))


def test_entries_take_part_two_epochs_later():
    pool = Pool(SEEDS)
    pool.offer(grown(EPOCH - 1, 1))
    pool.offer(grown(EPOCH, 2))
    assert [pool.usable(case) for case in (0, LAG * EPOCH - 1, LAG * EPOCH, (LAG + 1) * EPOCH)] == [2, 2, 3, 4]


@given(st.lists(st.integers(0, 10 * EPOCH), max_size=30), st.integers(0, 10 * EPOCH))
def test_a_case_knows_nothing_that_might_not_be_offered_yet(cases, done):
    """Whoever has offered all cases before `done` may make all before `first_unknown(done)`, and they come out as they would later."""
    early, late = Pool(SEEDS), Pool(SEEDS)
    for case in sorted(set(cases)):
        late.offer(grown(case, case))
        if case < done:
            early.offer(grown(case, case))
    for case in range(0, first_unknown(done), EPOCH // 2):
        assert early.usable(case) == late.usable(case)
    assert first_unknown(done) > done
    assert epoch_of(first_unknown(done)) == epoch_of(done) + LAG


def test_large_cases_leave_it_to_smaller_ones():
    pool = Pool(SEEDS)
    assert not pool.offer(Grown((b"x" * (LARGEST + 1),), 600, "bytes", 0.2, 0, (1,)))
    assert pool.offer(grown(601, 1))
    roomy = Pool((*SEEDS, Seed("large", (b"y" * LARGEST, b"z"))))
    assert roomy.offer(Grown((b"x" * (2 * LARGEST + 2),), 600, "bytes", 0.2, 0, (1,)))
    assert not roomy.offer(Grown((b"x" * (2 * LARGEST + 3),), 601, "bytes", 0.2, 0, (2,)))


def test_nothing_is_made_from_a_case_without_messages():
    pool = Pool(SEEDS)
    assert not pool.offer(Grown((), 600, "walk", 0.0, 0, (1,)))
    assert (len(pool), pool.seen, pool.latest) == (2, {1}, 600)


def test_the_pool_is_bounded(monkeypatch):
    monkeypatch.setattr(rooms, "MOST_ENTRIES", 2)
    pool = Pool(())
    assert [pool.offer(grown(case, case)) for case in range(600, 604)] == [True, True, False, False]
    assert len(pool.seen) == 4


def test_the_bytes_of_all_entries_are_bounded_and_their_features_are_shared(monkeypatch):
    monkeypatch.setattr(rooms, "MOST_BYTES", 10)
    pool = Pool(())
    offers = [Grown((b"12345",), 600 + number, "bytes", 0.2, 0, (int("1" * 15), number)) for number in range(3)]
    assert [pool.offer(found) for found in offers] == [True, True, False]
    assert pool.offer(Grown((b"",), 700, "bytes", 0.2, 0, (9,))), "a smaller one may still fit"
    first, second = (found.features[0] for found in pool.grown[:2])
    assert first is second


def test_sessions_do_not_grow_without_end():
    long = Seed("long", (b"m",) * (LONGEST + 3))
    for seeds, longest in ((SEEDS, LONGEST), ((*SEEDS, long), LONGEST + 3)):
        pool = Pool(seeds)
        assert pool.offer(Grown((b"x",) * longest, 700, "", 0.0, 0, (1,)))
        assert not pool.offer(Grown((b"x",) * (longest + 1), 701, "", 0.0, 0, (2,)))
        assert pool.seen == {1, 2}  # what a longer one shows was seen all the same

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.bandit import FLOOR, Bandit
from fuzzers.pool import EPOCH, LAG, Grown, Pool

PRIORS = {"good": 1.0, "bad": 3.0}


def pool_of(finds):
    """Each find: epoch, arm, share."""
    pool = Pool(())
    for number, (epoch, arm, share) in enumerate(sorted(finds)):
        pool.offer(Grown((b"x",), epoch * EPOCH + number % EPOCH, arm, share, 0, (number,)))
    return pool


def test_before_anything_is_known_the_priors_hold():
    bandit = Bandit(Pool(()), PRIORS)
    for epoch in (0, 1, 1 << 40):
        assert bandit.shares(epoch) == pytest.approx({"good": 0.25, "bad": 0.75})


def test_what_finds_more_is_tried_more_and_nothing_is_given_up():
    bandit = Bandit(pool_of([(1, "good", 0.25)] * 40), PRIORS)
    assert bandit.shares(1 + LAG - 1)["good"] == pytest.approx(0.25)
    later = bandit.shares(1 + LAG)
    assert later["good"] > 0.6
    assert later["bad"] >= FLOOR * 0.75
    assert sum(later.values()) == pytest.approx(1)


def test_finds_of_rarely_tried_families_count_more():
    rare, often = (Bandit(pool_of([(1, "good", share)] * 5), PRIORS).shares(9)["good"] for share in (0.1, 0.9))
    assert rare > often


def test_old_finds_fade():
    bandit = Bandit(pool_of([(1, "good", 0.25)] * 40), PRIORS)
    shares = [bandit.shares(epoch)["good"] for epoch in (3, 50, 500)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == pytest.approx(0.25, abs=0.01)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from(list(PRIORS)), st.floats(0.05, 1)), max_size=30),
    st.permutations(range(40)),
)
def test_shares_are_the_same_whenever_they_are_asked_for(finds, epochs):
    pool = pool_of(finds)
    one, other = Bandit(pool, PRIORS), Bandit(pool, PRIORS)
    wanted = {epoch: one.shares(epoch) for epoch in range(40)}
    for epoch in epochs:
        assert other.shares(epoch) == wanted[epoch]  # to the last bit

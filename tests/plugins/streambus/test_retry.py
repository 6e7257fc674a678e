"""The table of section 6.4, and pauses that grow within bounds."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_streambus.calls import fetch, produce
from workbench_streambus.log import RefusedError
from workbench_streambus.retry import RetryPolicy, may_repeat
from workbench_streambus.session import LostConnectionError

READ, WRITE = fetch(0, 0), produce(0, ())
LOST, LATE = LostConnectionError("gone"), TimeoutError("late")


@pytest.mark.parametrize(
    ("call", "error", "sent", "repeat"),
    [
        (READ, LOST, True, True),
        (READ, LATE, True, True),
        (WRITE, LOST, True, False),
        (WRITE, LATE, True, False),
        (WRITE, ConnectionRefusedError(), False, True),
        (WRITE, RefusedError("request_timeout", ""), True, True),
        (READ, RefusedError("storage_error", ""), True, False),
        (READ, ValueError(), False, False),
    ],
)
def test_what_may_be_repeated(call, error, sent, repeat):
    assert may_repeat(call, error, sent=sent) is repeat


def test_pauses_double_up_to_the_longest():
    policy = RetryPolicy(attempts=5, first=1.0, longest=5.0, jitter=0.0)
    assert list(policy.pauses(Random(0))) == [1.0, 2.0, 4.0, 5.0]


@given(st.integers(), st.floats(0, 1))
def test_chance_only_shortens(seed, jitter):
    policy = RetryPolicy(attempts=6, jitter=jitter)
    pauses = list(policy.pauses(Random(seed)))
    assert pauses == list(policy.pauses(Random(seed)))
    full = RetryPolicy(attempts=6, jitter=0.0).pauses(Random(0))
    assert all((1 - jitter) * most <= pause <= most for pause, most in zip(pauses, full, strict=True))

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.mutators.bytewise import MAX_MESSAGE, havoc


@given(st.binary(max_size=300), st.integers(0, 2**32))
def test_determined_by_the_random_source(data: bytes, seed: int):
    assert havoc(data, Random(seed), [b"token"], 0) == havoc(data, Random(seed), [b"token"], 0)


@given(st.binary(max_size=300), st.integers(0, 2**32))
def test_what_changed_is_told_and_nothing_else(data: bytes, seed: int):
    changed, mutations = havoc(data, Random(seed), [], 4)
    assert bool(mutations) or changed == data
    assert all(mutation.kind.startswith("bytes.") and mutation.message == 4 for mutation in mutations)


def test_every_edit_occurs_on_ordinary_and_on_empty_data():
    for data in (b"some ordinary bytes", b""):
        kinds = {mutation.kind for seed in range(400) for mutation in havoc(data, Random(seed), [b"tok"], 0)[1]}
        assert len(kinds) == 11 if data else len(kinds) >= 5


def test_tokens_of_the_dictionary_are_used():
    assert any(b"MAGIC" in havoc(b"0123456789", Random(seed), [b"MAGIC"], 0)[0] for seed in range(200))


def test_messages_stay_below_the_limit():
    big = bytes(MAX_MESSAGE)
    assert all(len(havoc(big, Random(seed), [b"x" * 100], 0)[0]) <= MAX_MESSAGE for seed in range(60))

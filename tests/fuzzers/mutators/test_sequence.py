from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.corpus import corpus_of
from fuzzers.mutators.sequence import MAX_MESSAGES, mutate_sequence, resegment
from support.tiny import SEEDS, TINY

CORPUS = corpus_of(TINY, SEEDS)
KNOWN = {piece.raw for entry in CORPUS for piece in entry.pieces}


def test_every_change_occurs_and_only_whole_messages_move():
    kinds = set()
    for seed in range(400):
        pieces, mutations = mutate_sequence(CORPUS[0].pieces, CORPUS, Random(seed))
        kinds |= {mutation.kind for mutation in mutations}
        assert {piece.raw for piece in pieces} <= KNOWN
        assert 0 < len(pieces) <= MAX_MESSAGES
        assert bool(mutations) == (pieces != list(CORPUS[0].pieces))
    assert {kind.partition(".")[2] for kind in kinds} == {"insert", "delete", "duplicate", "reorder", "truncate", "splice"}


def test_a_single_message_is_never_deleted():
    for seed in range(200):
        assert mutate_sequence(CORPUS[1].pieces, CORPUS, Random(seed))[0]


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6), st.integers(0, 2**32))
def test_segmentation_changes_no_byte(messages: list[bytes], seed: int):
    pieces, mutations = resegment(messages, Random(seed))
    assert b"".join(pieces) == b"".join(messages)
    assert all(pieces)
    assert bool(mutations) == (pieces != messages)

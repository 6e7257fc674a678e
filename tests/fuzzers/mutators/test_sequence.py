from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.corpus import Piece, corpus_of
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


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 2)), min_size=1, max_size=6), st.integers(0, 2**32))
def test_segmentation_changes_no_byte_of_any_connection(said, seed: int):
    pieces, mutations = resegment([Piece(raw, lane=lane) for raw, lane in said], Random(seed))
    for number in range(3):
        ours, theirs = (
            [raw for raw, lane in turns if lane == number] for turns in (said, [(each.raw, each.lane) for each in pieces])
        )
        assert b"".join(ours) == b"".join(theirs)
    whole = [each for each in said if each[0]] or said
    assert pieces
    assert all(piece.raw for piece in pieces) or whole == said
    assert bool(mutations) == ([(piece.raw, piece.lane) for piece in pieces] != whole)


def test_all_ways_to_cut_occur():
    kinds = {mutation.kind for seed in range(60) for mutation in resegment(CORPUS[0].pieces, Random(seed))[1]}
    assert kinds == {"sequence.join", "sequence.shift", "sequence.split"}


def test_what_is_put_in_goes_over_the_connection_around_it():
    pieces = [replace(piece, lane=2) for piece in CORPUS[0].pieces]
    for seed in range(100):
        changed, mutations = mutate_sequence(pieces, CORPUS, Random(seed))
        if mutations and mutations[0].kind == "sequence.insert":
            assert {piece.lane for piece in changed} == {2}

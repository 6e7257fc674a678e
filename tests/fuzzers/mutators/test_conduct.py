from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.corpus import Entry, Piece, corpus_of
from fuzzers.model import Conduct, Parting
from fuzzers.mutators.conduct import MAX_LANES, misbehave
from fuzzers.mutators.sequence import MAX_MESSAGES
from support.tiny import SEEDS, TINY

CORPUS = corpus_of(TINY, SEEDS)
LONG = Entry("long", tuple(Piece(b"%d" % number) for number in range(MAX_MESSAGES)))


def test_every_change_occurs_and_no_byte_is_changed():
    kinds = set()
    known = {piece.raw for entry in CORPUS for piece in entry.pieces}
    for seed in range(300):
        pieces, partings, mutations = misbehave(CORPUS[0].pieces, (), lambda: CORPUS[1], Random(seed))
        kinds |= {mutation.kind.partition(".")[2] for mutation in mutations}
        conduct = Conduct.of([piece.lane for piece in pieces], partings)
        assert bool(mutations) == (conduct != Conduct())
        assert {piece.raw for piece in pieces} <= known
        assert all(piece.message is not None for piece in pieces)
    assert kinds == {"leave", "move", "alternate", "interleave"}


@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=12), st.sampled_from([*CORPUS, LONG]))
def test_changes_of_changes_stay_within_bounds_and_keep_the_order_of_each_connection(seeds, entry):
    pieces, partings = list(entry.pieces), []
    for seed in seeds:
        before = {lane: [piece.raw for piece in pieces if piece.lane == lane] for lane in range(MAX_LANES)}
        pieces, partings, mutations = misbehave(pieces, partings, lambda: CORPUS[1], Random(seed))
        assert len(pieces) <= max(MAX_MESSAGES, len(entry.pieces))
        assert {piece.lane for piece in pieces} <= set(range(MAX_LANES))
        if mutations and mutations[0].kind in ("conduct.leave", "conduct.interleave"):
            for lane, said in before.items():
                assert not said or [piece.raw for piece in pieces if piece.lane == lane] == said


def test_the_end_that_is_told_is_the_end_that_is_made():
    for seed in range(200):
        _, partings, mutations = misbehave(CORPUS[0].pieces, [Parting.RESET], lambda: CORPUS[1], Random(seed))
        for mutation in mutations:
            if mutation.kind == "conduct.leave":
                assert (mutation.before, mutation.after) == ("reset", partings[0].value)


def test_nothing_is_done_to_a_session_of_no_messages():
    assert misbehave([], [], lambda: CORPUS[0], Random(1)) == ([], [], [])

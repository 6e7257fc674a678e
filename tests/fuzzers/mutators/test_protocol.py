from random import Random

import pytest

from fuzzers.corpus import Piece, corpus_of
from fuzzers.mutators.protocol import by_protocol
from support.tiny import SEEDS, TINY
from workbench.api import Mutated, Mutator, PluginError

PIECES = corpus_of(TINY, SEEDS)[0].pieces


def mutator(change):
    return Mutator("turn", "section 1", change)


def test_a_change_tells_what_it_is_and_leaves_the_rest_decoded():
    turn = mutator(lambda messages, _: Mutated.put(messages, 1, b"new", "turned around"))
    pieces, mutations = by_protocol(PIECES, [turn], Random(1))
    assert [piece.raw for piece in pieces] == [PIECES[0].raw, b"new", *(piece.raw for piece in PIECES[2:])]
    assert [piece.message is not None for piece in pieces] == [True, False, *[True] * (len(PIECES) - 2)]
    assert str(mutations[0]) == "protocol.turn: message 1 section 1: (nothing) → turned around"


@pytest.mark.parametrize("at", range(len(PIECES) + 1))
def test_what_is_put_in_goes_over_the_connection_whose_place_it_takes(at):
    pieces = [Piece(piece.raw, piece.message, place) for place, piece in enumerate(PIECES)]
    insert = mutator(lambda messages, _: Mutated.added(messages, at, [b"a", b"b"], "two more"))
    changed, _ = by_protocol(pieces, [insert], Random(1))
    assert [piece.raw for piece in changed[at : at + 2]] == [b"a", b"b"]
    assert {piece.lane for piece in changed[at : at + 2]} == {min(at, len(PIECES) - 1)}
    assert changed[:at] + changed[at + 2 :] == pieces


def test_messages_may_go():
    cut = mutator(lambda messages, _: Mutated(tuple(messages[1:]), 0, "begun later"))
    assert by_protocol(PIECES, [cut], Random(1))[0] == list(PIECES[1:])


def test_who_finds_nothing_changes_nothing():
    for change in (lambda *_: None, lambda messages, _: Mutated(tuple(messages), 0, "as it was")):
        assert by_protocol(PIECES, [mutator(change)], Random(1)) == (list(PIECES), [])


def test_a_mutator_that_raises_is_named():
    with pytest.raises(PluginError, match="'turn' raised ZeroDivisionError"):
        by_protocol(PIECES, [mutator(lambda *_: 1 // 0)], Random(1))

from random import Random

from fuzzers.corpus import pieces_of
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.splice import splice
from support.tiny import TINY, packet

GRAMMAR = Grammar.of(TINY)


def message(*words):
    (piece,) = pieces_of(TINY, (packet(*words),))
    assert piece.message is not None
    return piece.message


def test_a_part_of_one_message_in_the_place_of_the_same_part_of_another():
    one, other = message(1, "echo", (5, 6), b"mine"), message(2, "echo", (7,), b"theirs")
    seen = set()
    for seed in range(60):
        raw, mutations = splice(one, other, GRAMMAR, Random(seed), 4)
        if not mutations:  # a value that is computed came back
            continue
        (mutation,) = mutations
        (piece,) = pieces_of(TINY, (raw,))
        assert piece.message is not None
        assert raw != one.raw
        assert (mutation.kind, mutation.message) == ("value.splice.rebuilt", 4)
        seen.add(mutation.path)
    assert len(seen) > 1


def test_equal_messages_have_nothing_to_give():
    one = message(1, "echo", (5,))
    assert splice(one, one, GRAMMAR, Random(1), 0) == (one.raw, [])

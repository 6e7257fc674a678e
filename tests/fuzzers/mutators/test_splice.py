from random import Random

from fuzzers.corpus import pieces_of
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.splice import splice, switch
from support.tiny import TINY, packet
from workbench_streambus import PROTOCOL

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


def test_the_case_of_one_kind_comes_under_the_tag_of_another():
    one, other = message(1, "echo", (5, 6), b"mine"), message(2, "sum", (7,))
    kinds, tags = set(), set()
    for seed in range(60):
        raw, mutations = switch(one, other, GRAMMAR, Random(seed), 3)
        for mutation in mutations:
            assert raw != one.raw
            kinds.add(mutation.kind)
            tags.add(mutation.path)
    assert kinds <= {"value.switch.rebuilt", "value.switch.broken", "value.switch.repaired"}
    assert "kind" in tags
    assert len(tags) > 1


def test_what_cannot_be_built_is_put_in_as_bytes():
    fetch, batch = (
        pieces_of(PROTOCOL, (seed,))[0].message for seed in (PROTOCOL.seeds[1].messages[2], PROTOCOL.seeds[1].messages[1])
    )
    grammar = Grammar.of(PROTOCOL)
    assert fetch is not None
    assert batch is not None
    found = {}
    for seed in range(80):
        raw, mutations = switch(fetch, batch, grammar, Random(seed), 0)
        found |= {(mutation.kind, mutation.path): raw for mutation in mutations}
    repaired = found["value.switch.repaired", "payload"]
    assert repaired[16:-4] == batch.raw[16:-4]
    assert repaired[12:16] == fetch.raw[12:16]
    assert len(pieces_of(PROTOCOL, (repaired,))) == 1
    assert found["value.switch.broken", "payload"][:4] == fetch.raw[:4]
    assert found["value.switch.repaired", "type"][12] == batch.raw[12]

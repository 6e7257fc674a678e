from collections import Counter
from dataclasses import replace
from random import Random

from construct import ConstructError
from hypothesis import given
from hypothesis import strategies as st

from fuzzers.corpus import corpus_of
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.fields import MAX_ITEMS, mutate_fields
from support.tiny import FRAME, PACKET, SEEDS, TINY, packet
from workbench.api import Seed

GRAMMAR = Grammar.of(TINY)
SUM = corpus_of(TINY, SEEDS)[0].pieces[1].message
assert SUM is not None


def test_half_is_rebuilt_and_valid_half_is_broken():
    how = Counter()
    for seed in range(1500):
        raw, mutations = mutate_fields(SUM, GRAMMAR, Random(seed), 1)
        if not mutations:
            assert raw == SUM.raw
            continue
        way = mutations[0].kind.rpartition(".")[2]
        how[way] += 1
        if way == "rebuilt":
            assert FRAME(raw) == len(raw)
            PACKET.parse(raw)
    assert 0.3 < how["rebuilt"] / sum(how.values()) < 0.7
    assert how["repaired"] > 0


@given(st.integers(0, 2**32))
def test_a_description_is_true(seed: int):
    raw, mutations = mutate_fields(SUM, GRAMMAR, Random(seed), 3)
    assert all(mutation.message == 3 for mutation in mutations)
    (rebuilt,) = mutations[-1:] or [None]
    if rebuilt is not None and rebuilt.kind == "value.boundary.rebuilt" and rebuilt.path == "id":
        assert str(PACKET.parse(raw).id) == rebuilt.after


def test_arrays_grow_shrink_and_swap_within_bounds():
    kinds = set()
    for seed in range(1500):
        raw, mutations = mutate_fields(SUM, GRAMMAR, Random(seed), 0)
        kinds |= {mutation.kind.split(".")[1] for mutation in mutations}
        try:
            assert len(PACKET.parse(raw)["items"]) <= MAX_ITEMS
        except ConstructError:
            continue
    assert {"repeat", "drop", "swap", "clear"} <= kinds


def test_kept_fields_are_touched_less():
    free = Grammar.of(replace(TINY, hints=replace(TINY.hints, keep=())))

    def touched(grammar: Grammar) -> int:
        runs = (mutate_fields(SUM, grammar, Random(seed), 0)[1] for seed in range(1500))
        return sum(mutation.path == "id" for mutations in runs for mutation in mutations)

    assert 0 < touched(GRAMMAR) < touched(free)


def test_a_message_without_values_stays():
    (entry,) = corpus_of(TINY, [Seed("x", (packet(1, "echo"),))])
    assert entry.pieces[0].message is not None
    empty = replace(entry.pieces[0].message, value={})
    assert mutate_fields(empty, GRAMMAR, Random(1), 0) == (empty.raw, [])

from dataclasses import replace
from random import Random

import pytest

from fuzzers.corpus import corpus_of
from fuzzers.mutators.arms import Material, apply, priors
from fuzzers.mutators.change import Grammar
from support.tiny import TINY
from workbench.api import Mutated, Mutator, Seed

CORPUS = corpus_of(TINY, TINY.seeds)
JUNK = corpus_of(TINY, [Seed("junk", (b"\0",))])

KINDS = {
    "values": {"value"},
    "spans": {"span", "bytes"},
    "bytes": {"bytes"},
    "words": {"text", "bytes"},
    "splice": {"value", "bytes"},
    "sequence": {"sequence", "bytes"},
    "segments": {"sequence", "bytes"},
    "conduct": {"conduct", "bytes"},
    "protocol": {"protocol", "bytes"},
}


def material(seed, entry):
    random = Random(seed)
    return Material(Grammar.of(OWN), list(entry.pieces), lambda: random.choice(CORPUS), random)


def _swapped(messages, random):
    at = random.randrange(len(messages))
    return Mutated.put(messages, at, messages[at][::-1], "turned around")


OWN = replace(TINY, hints=replace(TINY.hints, mutators=(Mutator("turn", "section 1", _swapped),)))


def test_only_protocols_with_mutators_of_their_own_have_that_family():
    assert set(priors(Grammar.of(OWN))) == set(KINDS)
    assert set(priors(Grammar.of(TINY))) == set(KINDS) - {"protocol"}


@pytest.mark.parametrize("arm", KINDS)
def test_each_family_does_its_own(arm):
    seen = set()
    for seed in range(150):
        changed = material(seed, CORPUS[seed % len(CORPUS)])
        apply(arm, changed)
        seen |= {mutation.kind.partition(".")[0] for mutation in changed.mutations}
    assert seen <= KINDS[arm] | {"bytes"}
    assert next(iter(KINDS[arm] - {"bytes"}), "bytes") in seen


@pytest.mark.parametrize("arm", KINDS)
def test_what_has_no_values_is_changed_as_bytes(arm):
    changed = [material(seed, JUNK[0]) for seed in range(40)]
    for each in changed:
        apply(arm, each)
    assert sum(tuple(piece.raw for piece in each.pieces) != (b"\0",) for each in changed) > 20

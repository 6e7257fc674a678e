from random import Random

import pytest

from fuzzers.corpus import corpus_of
from fuzzers.mutators.arms import PRIORS, Material, apply
from fuzzers.mutators.change import Grammar
from support.tiny import TINY
from workbench.api import Seed

CORPUS = corpus_of(TINY, TINY.seeds)
JUNK = corpus_of(TINY, [Seed("junk", (b"\0",))])

KINDS = {
    "values": {"value"},
    "bytes": {"bytes"},
    "words": {"text", "bytes"},
    "splice": {"value", "bytes"},
    "sequence": {"sequence", "bytes"},
    "segments": {"sequence", "bytes"},
    "conduct": {"conduct", "bytes"},
}


def material(seed, entry):
    random = Random(seed)
    return Material(Grammar.of(TINY), list(entry.pieces), lambda: random.choice(CORPUS), random)


def test_shares_are_shares():
    assert sum(PRIORS.values()) == pytest.approx(1)
    assert set(PRIORS) == set(KINDS)


@pytest.mark.parametrize("arm", PRIORS)
def test_each_family_does_its_own(arm):
    seen = set()
    for seed in range(150):
        changed = material(seed, CORPUS[seed % len(CORPUS)])
        apply(arm, changed)
        seen |= {mutation.kind.partition(".")[0] for mutation in changed.mutations}
    assert seen <= KINDS[arm] | {"bytes"}
    assert next(iter(KINDS[arm] - {"bytes"}), "bytes") in seen


@pytest.mark.parametrize("arm", PRIORS)
def test_what_has_no_values_is_changed_as_bytes(arm):
    changed = [material(seed, JUNK[0]) for seed in range(40)]
    for each in changed:
        apply(arm, each)
    assert sum(tuple(piece.raw for piece in each.pieces) != (b"\0",) for each in changed) > 20

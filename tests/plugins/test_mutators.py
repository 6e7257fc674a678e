"""The law of mutators, on every plugin, with many more draws than `workbench plugins check` has time for."""

import pytest

from fuzzers.mutators.change import Grammar
from workbench.laws.mutating import mutators_are_pure
from workbench.laws.subject import Subject
from workbench.registry import load

SPECS = [spec for spec in load().specs if spec.seeds]


def test_every_protocol_with_seeds_has_mutators():
    assert [spec.name for spec in SPECS if not Grammar.of(spec).mutators] == []


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_mutators_keep_their_law(spec):
    assert list(mutators_are_pure(Subject(spec, seed=3, rounds=60))) == []

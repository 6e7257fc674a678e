"""Every installed plugin keeps every law; `workbench plugins check` runs the same ones."""

import pytest

from workbench.laws import LAWS, Subject
from workbench.laws.law import examine
from workbench.registry import load

REGISTRY = load()


def test_every_installed_plugin_loads():
    assert [str(problem) for problem in REGISTRY.problems] == []
    assert {spec.name for spec in REGISTRY.specs} >= {"streambus", "http1"}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("spec", REGISTRY.specs, ids=lambda spec: spec.name)
def test_plugin_keeps_the_law(spec, law):
    others = tuple(other for other in REGISTRY.specs if other is not spec)
    assert examine(law, Subject(spec, others)) == ""

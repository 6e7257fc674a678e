import dataclasses

import pytest
from construct import Int8ub, Struct

from workbench.api import Check, Fault, FaultKind, PerDirection, ProtocolSpec, Seed, length_prefixed, list_on_demand
from workbench.validation import faults

GRAMMAR = Struct("length" / Int8ub)
CHECK = Check(name="one", section="toy 1", rule="A rule", run=lambda _: None)
FAULT = Fault(name="one", kind=FaultKind.HANG, trigger="x", effect="y", oracles=("hang",), example=(b"x",))
GOOD = ProtocolSpec(name="toy", title="Toy", grammar=GRAMMAR, frame=length_prefixed(1))


def test_a_good_spec_has_no_faults():
    assert list(faults(GOOD)) == []
    both = dataclasses.replace(GOOD, grammar=PerDirection(GRAMMAR, GRAMMAR), seeds=(Seed("a", (b"\0",)),))
    assert list(faults(dataclasses.replace(both, states={("start", "x"): "start"}))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "Big Name"}, "not one lower-case word"),
        ({"name": 7}, "not one lower-case word"),
        ({"title": ""}, "the title is empty"),
        ({"prefix": None}, "not a string"),
        ({"transport": "SCTP 1"}, "neither tcp nor udp"),
        ({"ports": [80]}, "not a tuple"),
        ({"ports": (True,)}, "not a tuple"),
        ({"ports": (0,)}, "not a tuple"),
        ({"frame": None}, "neither a decoder nor a grammar"),
        ({"grammar": "x"}, "the grammar is a str, not a construct"),
        ({"grammar": PerDirection(GRAMMAR, 1)}, "the grammar is an int, not a construct"),
        ({"probe": 1}, "probe is an int, not a function"),
        ({"seeds": [b"x"]}, "not a tuple of Seed"),
        ({"seeds": (Seed("a", (b"x",)), Seed("a", (b"y",)))}, "same name"),
        ({"seeds": (Seed("a", (b"",)),)}, "not a tuple of non-empty bytes"),
        ({"seeds": (Seed("a", ()),)}, "not a tuple of non-empty bytes"),
        ({"alpn": ["h2"]}, "not a tuple of strings"),
        ({"alpn": "h2"}, "not a tuple of strings"),
        ({"alpn": ("",)}, "not a tuple of strings"),
        ({"skim": 1}, "skim is an int, not a function"),
        ({"checks": None}, "the checks are a NoneType"),
        ({"checks": "host"}, "the checks are a str"),
        ({"checks": (CHECK, print)}, "not a tuple of Check"),
        ({"checks": (CHECK, CHECK)}, "two checks are called 'one'"),
        ({"check_options": ("path",)}, "check_options is not a mapping"),
        ({"check_options": {"path": ""}}, "check_options is not a mapping"),
        ({"check_options": {"a=b": "c"}}, "has an equals sign"),
        ({"faults": "hang"}, "the faults are a str"),
        ({"faults": ("hang",), "training": print}, "not a tuple of Fault"),
        ({"faults": (FAULT,)}, "no training server to have them"),
        ({"states": ()}, "not a mapping"),
        ({"states": {"a": "b"}}, "is not (state, label): next state"),
        ({"states": {("other", "x"): "other"}}, "nothing leads out of the initial state"),
    ],
)
def test_each_fault_is_named(changes, expected):
    found = list(faults(dataclasses.replace(GOOD, **changes)))
    assert len(found) == 1
    assert expected in found[0]


def test_not_a_spec_at_all():
    assert list(faults(None)) == ["PROTOCOL is a NoneType, not a ProtocolSpec"]


def test_checks_may_load_later():
    later = list_on_demand("no_such_module:CHECKS")
    assert list(faults(dataclasses.replace(GOOD, checks=later))) == []
    assert list(faults(dataclasses.replace(GOOD, checks=(CHECK,), alpn=("toy/1",)))) == []

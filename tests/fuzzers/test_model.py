import dataclasses
from pathlib import Path

import pytest

from fuzzers.model import Case, Ending, Execution, Finding, Mutation
from workbench.api import Direction


def test_a_mutation_describes_itself():
    mutation = Mutation("value.boundary.rebuilt", 2, "payload.offset", "0", "255")
    assert str(mutation) == "value.boundary.rebuilt: message 2 payload.offset: 0 → 255"
    assert str(Mutation("sequence.delete", 1, "", "abc", "")) == "sequence.delete: message 1: abc → (nothing)"


def test_facts_are_frozen_and_sized():
    case = Case(7, "seed", (b"abc", b"de"))
    assert case.size == 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.number = 8
    finding = Finding("crash-1", "crash", "", "", 7, Path("x"), (b"ab", b"c"), 5, 100)
    assert finding.size == 3


def test_replies_are_what_the_server_said():
    turns = ((Direction.TO_SERVER, b"a"), (Direction.TO_CLIENT, b"b"), (Direction.TO_SERVER, b"c"), (Direction.TO_CLIENT, b"d"))
    assert Execution(turns, Ending.OPEN).replies == b"bd"

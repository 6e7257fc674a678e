import dataclasses
from typing import get_args

import pytest

from workbench.analysis.parts import Column, Table, Unit
from workbench.reporting.units import cell_text


def test_every_unit_can_be_said():
    for unit in get_args(Unit):
        assert cell_text(1, unit)


def test_parts_are_values():
    table = Table(name="t", title="t", columns=(Column("a", "A"),), rows=(("x",),))
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.more = 1
    assert (table.depths, table.more) == ((), 0)

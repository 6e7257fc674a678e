from typing import get_args

from workbench.analysis.measurement import QUANTITIES
from workbench.analysis.parts import Unit


def test_quantities_have_names_with_a_topic_and_a_unit():
    for name, quantity in QUANTITIES.items():
        assert name.count(".") == 1
        assert quantity.unit in get_args(Unit)
        assert name.endswith("_share") == (quantity.unit == "share")
        assert name.endswith("_ns") == (quantity.unit == "ns")

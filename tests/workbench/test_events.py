import dataclasses
from pathlib import Path

import pytest

from workbench import events


@pytest.mark.parametrize("name", [name for name in events.__all__ if name != "DemoEvent"])
def test_events_are_frozen_values(name):
    kind = getattr(events, name)
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert not hasattr(kind, "__dict__") or "__slots__" in vars(kind)


def test_a_start_names_at_most_what_it_opens():
    start = events.Start(path=Path("x.pcapng"))
    assert (start.interface, start.demo) == ("", False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        start.demo = True

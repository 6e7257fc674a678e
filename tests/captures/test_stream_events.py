"""Events are values: equal when they say the same, usable as keys, unchangeable."""

import dataclasses

import pytest

from captures.stream_events import Delivered, Ended, Noticed, Stream
from workbench.api import Chunk, Direction, Endpoint, FlowKey, Note, Severity


def stream(number: int) -> Stream:
    return Stream("tcp", number, FlowKey("tcp", Endpoint("192.0.2.1", 1), Endpoint("192.0.2.2", 2)))


def test_streams_are_keys():
    assert {stream(1): "one", stream(2): "two"}[stream(1)] == "one"


def test_events_compare_by_content():
    chunk = Chunk(Direction.TO_CLIENT, 0, b"x")
    assert Delivered(stream(1), chunk) == Delivered(stream(1), Chunk(Direction.TO_CLIENT, 0, b"x"))
    assert Ended(stream(1), Direction.TO_CLIENT, 3, "fin") != Ended(stream(1), Direction.TO_CLIENT, 3, "rst")
    assert Noticed(stream(1), 3, Note(Severity.WARN, "gap")).direction is Direction.TO_SERVER


def test_events_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        stream(1).number = 2  # type: ignore[misc]

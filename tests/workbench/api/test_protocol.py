"""The contract's own small pieces of behaviour."""

from dataclasses import replace

import pytest
from construct import Byte, GreedyBytes, Rebuild, Struct, len_, this

from workbench.api import Confidence, Direction, Field, Limits, Memory, Message, PerDirection, ProtocolSpec

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
REQUEST = Struct("size" / Rebuild(Byte, len_(this.data)), "data" / GreedyBytes)
REPLY = Struct("code" / Byte, "scaled" / Rebuild(Byte, this.code * this._params.factor))
SPEC = ProtocolSpec(name="demo", title="Demo", grammar=PerDirection(REQUEST, REPLY))


def _message(direction: Direction, value: object, **parameters: object) -> Message:
    return Message(
        protocol="demo",
        direction=direction,
        start=0,
        end=0,
        raw=b"",
        root=Field("demo", 0, 0),
        value=value,
        parameters=parameters,
    )


def test_memory_forgets_the_oldest_entry():
    memory = Memory(3)
    for number in range(5):
        memory[number] = str(number)
    assert memory == {2: "2", 3: "3", 4: "4"}
    memory[2] = "again"
    memory[5] = "5"
    assert list(memory) == [3, 4, 5]


def test_a_grammar_for_each_direction():
    assert SPEC.grammar_for(UP) is REQUEST
    assert SPEC.grammar_for(DOWN) is REPLY
    assert replace(SPEC, grammar=REQUEST).grammar_for(DOWN) is REQUEST
    assert replace(SPEC, grammar=None).grammar_for(DOWN) is None


def test_the_filter_prefix():
    assert SPEC.filter_prefix == "demo"
    assert replace(SPEC, prefix="d").filter_prefix == "d"


def test_building_repairs_and_uses_the_parameters_of_the_message():
    assert SPEC.build(_message(UP, {"size": 99, "data": b"abc"})) == b"\3abc"
    assert SPEC.build(_message(DOWN, {"code": 5}, factor=4)) == b"\5\x14"


def test_an_encode_slot_comes_first():
    spec = replace(SPEC, encode=lambda message: b"<" + message.value + b">")
    assert spec.build(_message(UP, b"x")) == b"<x>"


def test_without_either_there_is_nothing_to_build_with():
    with pytest.raises(TypeError, match="demo has neither a grammar nor an encode slot"):
        replace(SPEC, grammar=None).build(_message(UP, {}))


def test_by_default_frames_are_parsed_without_parameters():
    assert SPEC.parameters(Memory(1), UP, b"x") == {}


def test_confidences_are_ordered():
    assert Confidence.NO < Confidence.NEED_DATA < Confidence.WEAK < Confidence.LIKELY < Confidence.CERTAIN


def test_slots_are_given_by_name_only_and_frozen():
    with pytest.raises(TypeError):
        ProtocolSpec("demo", "Demo")  # type: ignore[misc]
    with pytest.raises(AttributeError):
        SPEC.name = "other"  # type: ignore[misc]
    assert SPEC.limits == Limits()

"""Plugins whose functions raise or give the wrong thing: the message stays, and the remark names plugin, slot and line."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from construct import Byte, Container, Struct

from captures.stream_events import Delivered, Ended, Stream
from dissectors.engine import Dissector, converse
from dissectors.slots import CONTRACT, ask_probe, breaches, described
from workbench.api import (
    UNDECODED,
    Chunk,
    Confidence,
    Direction,
    Endpoint,
    Field,
    FlowKey,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    length_prefixed,
)

UP = Direction.TO_SERVER
WIRE = b"\1\7"
FLOW = FlowKey("tcp", Endpoint("10.0.0.1", 5000), Endpoint("10.0.0.2", 7))
SPEC = ProtocolSpec(name="toy", title="T", ports=(7,), grammar=Struct("size" / Byte, "id" / Byte), frame=length_prefixed(1))


def _said(**slots: Any) -> Message:
    (message,) = converse(replace(SPEC, **slots), [(UP, WIRE)])
    assert (message.protocol, message.raw) == ("toy", WIRE)
    return message


def _fail(_: object) -> Any:
    raise KeyError("nothing")


@pytest.mark.parametrize("slot", ["label", "summary", "check", "exchange"])
def test_a_slot_that_raises_is_a_remark_with_the_line_that_did(slot: str):
    message = _said(**{slot: _fail})
    (note,) = message.notes
    assert note.severity is Severity.ERROR
    assert note.section == CONTRACT
    assert note.text.startswith(f"the {slot} of the toy plugin raised KeyError: 'nothing' (test_slots.py:")
    assert message.errors == (note.text,)


@pytest.mark.parametrize(
    ("slot", "gives", "told"),
    [
        ("label", None, "gives None (NoneType)"),
        ("summary", 7, "gives 7 (int)"),
        ("check", ["text"], "gives ('text',) (tuple)"),
        ("check", None, "raised TypeError: 'NoneType' object is not iterable"),
        ("exchange", [1], "gives [1] (list)"),
        ("exchange", Container(a=1), "gives Container(a=1) (Container)"),
    ],
)
def test_a_slot_that_gives_the_wrong_thing(slot: str, gives: object, told: str):
    message = _said(**{slot: lambda _: gives})
    assert told in message.errors[0]
    assert (message.label, message.exchange) == ("to_server", None)
    assert isinstance(message.summary, str)


def test_what_is_right_stays():
    remark = Note(Severity.WARN, "odd")
    message = _said(label=lambda _: "ping", check=lambda _: [remark], exchange=lambda m: m.value.id, summary=lambda m: m.label)
    assert (message.label, message.summary, message.exchange, message.notes) == ("ping", "ping", 7, (remark,))
    assert breaches(message) == ()


class _Decoder:
    """One message a chunk, with attributes of the wrong kinds."""

    def __init__(self, _context: object) -> None:
        pass

    def receive(self, chunk: Chunk) -> list[Message]:
        wrong: dict[str, Any] = {"label": 1, "summary": None, "exchange": {}, "notes": ("no note",)}
        size = len(chunk.data)
        root = Field("toy", 0, size)
        values = {"protocol": "toy", "direction": UP, "start": chunk.offset, "end": chunk.end, "raw": chunk.data, "root": root}
        return [Message(**values, **wrong)]

    def finish(self, _direction: Direction) -> list[Message]:
        return []


def test_messages_of_decoders_are_vouched_for():
    (message,) = converse(ProtocolSpec(name="toy", title="T", decoder=_Decoder), [(UP, WIRE)])
    assert (message.label, message.summary, message.exchange) == ("", "", None)
    assert [text.split(" of ")[0] for text in breaches(message)] == ["the notes", "the label", "the summary", "the exchange"]


def _dissected(probe: Callable[..., Any]) -> list[Message]:
    dissector = Dissector([replace(SPEC, probe=probe)])
    stream = Stream("tcp", 0, FLOW)
    found = list(dissector.receive(Delivered(stream, Chunk(UP, 0, WIRE, packet=1, carrier=1, time_ns=1))))
    for direction in Direction:
        found += dissector.receive(Ended(stream, direction, 2, "fin"))
    return found


@pytest.mark.parametrize(
    ("probe", "told"),
    [(lambda *_: True, "gives True, which is no Confidence"), (lambda data, _: _fail(data), "raised KeyError: 'nothing'")],
)
def test_bytes_that_a_broken_probe_did_not_claim_say_so(probe: Callable[..., Any], told: str):
    (message,) = _dissected(probe)
    assert message.protocol == UNDECODED
    assert message.raw == WIRE
    assert message.errors[0].startswith(f"the probe of the toy plugin {told}")


def test_a_fault_of_a_probe_is_told_once():
    faults: list[str] = []
    for _ in range(2):
        assert ask_probe(replace(SPEC, probe=lambda *_: 5), WIRE, UP, faults) is Confidence.NO  # type: ignore[arg-type, return-value]
    assert faults == ["the probe of the toy plugin gives 5, which is no Confidence"]


def test_the_place_is_the_plugins_not_the_librarys():
    with pytest.raises(AttributeError) as caught:
        Container().nothing  # noqa: B018 - raises inside construct
    assert "(test_slots.py:" in described(caught.value)

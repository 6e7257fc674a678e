"""Bytes that complete nothing are kept, and given to the decoder together; who carried them is known piece by piece."""

from collections.abc import Iterator
from typing import Any

import pytest

from dissectors.carriers import Carried
from dissectors.engine import flow_of, pin_of
from dissectors.guide import Guide
from dissectors.patient_flows import PatientFlow
from dissectors.telling import TellingFlow
from workbench.api import Chunk, Direction, Field, FlowContext, Inner, Message, ProtocolSpec, SkimmedMessage

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
TEN = 10


class Tens:
    """Messages of ten bytes."""

    chunks: list[Chunk]

    def __init__(self, context: FlowContext) -> None:
        self.seen = [0, 0]
        type(self).chunks = []

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        for end in self._ends(chunk):
            root = Field("tens", 0, TEN)
            yield Message(protocol="tens", direction=chunk.direction, start=end - TEN, end=end, raw=b"", root=root)

    def skim(self, chunk: Chunk) -> list[Any]:
        return [SkimmedMessage(end, '"protocol":"tens"') for end in self._ends(chunk)]

    def patience(self, direction: Direction) -> int:
        return TEN - 1 - self.seen[direction] % TEN

    def _ends(self, chunk: Chunk) -> list[int]:
        self.chunks.append(chunk)
        before, self.seen[chunk.direction] = self.seen[chunk.direction], self.seen[chunk.direction] + len(chunk.data)
        return [end for end in range(before + 1, self.seen[chunk.direction] + 1) if end % TEN == 0]

    def finish(self, direction: Direction) -> Iterator[Message]:
        return iter(())


SPEC = ProtocolSpec(name="tens", title="T", decoder=Tens)


class Talk:
    """A patient flow, and the packets in which its bytes come."""

    def __init__(self) -> None:
        state = TellingFlow(1, flow_of(SPEC), Guide((SPEC,), (pin_of(SPEC),)), ("outside a",))
        assert not list(state.begin("tens", {}, "outside"))
        self.flow = PatientFlow(state)
        self.lines: list[str] = []
        self.packet = 0

    def say(self, data: bytes, way: Direction = UP, **more: Any) -> bool:
        """The next bytes; whether they were kept."""
        self.packet += 1
        carried = Carried((self.packet,), self.packet, self.packet)
        if not more and self.flow.keep(way, data, carried):
            return True
        self.flow.tell(Inner(direction=way, data=data, channel="a", **more), carried, self.lines)
        return False

    @property
    def packets(self) -> list[str]:
        """Which packets carried the messages."""
        return [line.split('"packets":')[1].split("]")[0] + "]" for line in self.lines]


def test_bytes_are_kept_until_they_complete_something():
    talk = Talk()
    assert [talk.say(b"x" * size) for size in (3, 3, 3, 1, 12, 7)] == [False, True, True, False, False, True]
    assert [(chunk.offset, len(chunk.data), chunk.packet) for chunk in Tens.chunks] == [(0, 3, 1), (3, 7, 4), (10, 12, 5)]
    assert talk.packets == ["[1,2,3,4]", "[5]"]


def test_what_is_kept_counts_as_pending():
    talk = Talk()
    talk.say(b"x")
    talk.say(b"xxx")
    assert talk.flow.state.counted == 3


@pytest.mark.parametrize("more", [{"gap": 5}, {"last": True}])
def test_kept_bytes_come_before_what_is_special(more):
    talk = Talk()
    talk.say(b"xxx")
    talk.say(b"xx")
    talk.say(b"" if "last" in more else b"x", **more)
    assert [(chunk.offset, len(chunk.data)) for chunk in Tens.chunks][:2] == [(0, 3), (3, 2)]
    assert "gap" in more or not talk.say(b"x"), "behind the end nothing is kept"


def test_kept_bytes_come_before_those_of_the_other_direction():
    talk = Talk()
    talk.say(b"xxx")
    talk.say(b"xx")
    talk.say(b"yyy", DOWN)
    assert [(chunk.direction, chunk.offset) for chunk in Tens.chunks] == [(UP, 0), (UP, 3), (DOWN, 0)]
    assert not talk.say(b"x")
    assert [talk.say(b"x"), talk.say(b"y", DOWN), talk.say(b"y", DOWN)] == [True, False, True]


def test_messages_may_be_asked_for_at_any_time():
    talk = Talk()
    talk.say(b"xxx")
    talk.say(b"xx")
    found = list(talk.flow.receive(Inner(direction=UP, data=b"x" * 5, channel="a"), Carried((9,), 9, 9)))
    assert [message.packets for message in found] == [(1, 2, 9)]
    assert list(talk.flow.flush()) == []
    assert not talk.say(b"x")


def test_nothing_is_given_behind_an_end():
    talk = Talk()
    list(talk.flow.state.finish(UP))
    talk.say(b"xxx")
    assert Tens.chunks == []


def test_so_many_pieces_are_kept(monkeypatch):
    monkeypatch.setattr("dissectors.patient_flows.MOST_PIECES", 2)
    talk = Talk()
    assert [talk.say(b"x") for _ in range(6)] == [False, True, True, False, True, True]
    assert [len(chunk.data) for chunk in Tens.chunks] == [1, 3]

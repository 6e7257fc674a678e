from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors import GrammarDecoder, converse
from fuzzers import cases, hearing
from fuzzers.hearing import Hearing
from fuzzers.targets.play import Player
from support.tiny import SEEDS, TINY, packet
from workbench.api import UNDECODED, Direction, FrameError, Handoff

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


def _never_short(data: bytes) -> int | None:
    size = TINY.frame(data) if TINY.frame else None
    if size is not None and size < 9:
        raise FrameError("too short")
    return size


STRICT = replace(TINY, frame=_never_short)
OWN = replace(TINY, decoder=lambda context: GrammarDecoder(TINY, context))


def test_hears_what_the_dissector_reads():
    source, player, hear = cases(TINY, 3), Player(TINY.server, None), Hearing(TINY)
    compared = 0
    for number in [*range(400), *range(50)]:  # some of them twice, the second time from memory
        turns = player.play(source.case_at(number).messages).turns
        heard = [(each.message.raw, each.message.label, each.message.exchange, each.errors) for each in hear(turns)]
        read = [
            (message.raw, message.label, message.exchange, message.errors)
            for message in converse(TINY, turns)
            if message.protocol == "tiny"
        ]
        if any(errors for *_, errors in heard):
            continue
        assert sorted(map(repr, heard)) == sorted(map(repr, read))
        compared += 1
    assert compared > 150


def test_one_grammar_for_both_directions_has_two_labels():
    heard = Hearing(TINY)([(TO_SERVER, packet(1, "echo")), (TO_CLIENT, packet(1, "echo"))])
    assert [each.message.label for each in heard] == ["echo", "echo reply"]
    assert [each.by_client for each in heard] == [True, False]


@pytest.mark.parametrize("spec", [TINY, OWN], ids=["grammar", "own decoder"])
def test_split_messages_are_one(spec):
    first, second, third = SEEDS[0].messages
    data = first + second + third
    for cut in range(1, len(data)):
        heard = Hearing(spec)([(TO_SERVER, data[:cut]), (TO_SERVER, data[cut:])])
        assert [each.message.raw for each in heard] == [first, second, third]


def test_nobody_reads_on_behind_bytes_that_begin_no_message():
    junk = b"\x00\x01xx"
    heard = Hearing(STRICT)(
        [(TO_SERVER, packet(1, "echo") + junk), (TO_CLIENT, packet(1, "echo")), (TO_SERVER, packet(2, "echo"))]
    )
    assert [(each.message.protocol, each.message.raw, each.errors) for each in heard] == [
        ("tiny", packet(1, "echo"), ()),
        (UNDECODED, junk, ("too short",)),
        ("tiny", packet(1, "echo"), ()),
    ]


def test_half_a_message_at_the_end():
    (each,) = Hearing(TINY)([(TO_CLIENT, packet(1, "echo")[:5])])
    assert each.errors == ("the message is not finished",)


def test_datagrams_do_not_wait_for_each_other():
    heard = Hearing(replace(TINY, transport="udp"))([(TO_SERVER, packet(1, "echo")[:5]), (TO_SERVER, packet(2, "echo"))])
    assert [(each.message.raw, bool(each.errors)) for each in heard] == [
        (packet(1, "echo")[:5], True),
        (packet(2, "echo"), False),
    ]


@pytest.mark.parametrize("spec", [TINY, OWN], ids=["grammar", "own decoder"])
def test_an_answer_before_the_question_is_complete_is_early(spec):
    question = packet(1, "echo", text=b"what")
    heard = Hearing(spec)([(TO_SERVER, question[:5]), (TO_CLIENT, packet(1, "echo"))])
    assert [each.early for each in heard if not each.by_client] == [True]
    heard = Hearing(spec)([(TO_SERVER, question), (TO_CLIENT, packet(1, "echo"))])
    assert not any(each.early for each in heard)


@pytest.mark.parametrize("spec", [TINY, OWN], ids=["grammar", "own decoder"])
def test_all_but_the_last_of_several_messages_at_once_are_early(spec):
    heard = Hearing(spec)([(TO_SERVER, b"".join(SEEDS[0].messages)), (TO_CLIENT, packet(1, "echo"))])
    assert [each.early for each in heard] == [True, True, False, False]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(hearing, "REMEMBERED", 3)
    hear = Hearing(TINY)
    for number in range(10):
        hear([(TO_SERVER, packet(number, "echo"))])
        assert len(hear._known) <= 3
    monkeypatch.setattr(hearing, "LONGEST", 8)
    hear([(TO_SERVER, packet(77, "echo"))])
    assert not any(packet(77, "echo") in key for key in hear._known)


class _HandsOff:
    def __init__(self, context):
        self.done = False

    def receive(self, chunk):
        return [Handoff("other")]

    def finish(self, direction):
        raise AssertionError("not after a hand-off")


def test_a_hand_off_ends_what_is_heard():
    spec = replace(TINY, grammar=None, frame=None, decoder=_HandsOff)
    assert Hearing(spec)([(TO_SERVER, b"x"), (TO_CLIENT, b"y")]) == []


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=30)), max_size=6))
def test_arbitrary_bytes_never_raise(turns):
    for spec in (TINY, STRICT, OWN):
        heard = Hearing(spec)(turns)
        said = b"".join(each.message.raw for each in heard if not each.by_client)
        everything = b"".join(data for direction, data in turns if direction is TO_CLIENT)
        assert said == everything or (spec is STRICT and everything.startswith(said))

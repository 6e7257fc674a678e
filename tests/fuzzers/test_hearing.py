from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dissectors import converse
from fuzzers.hearing import Hearing
from support.tiny import SEEDS, TINY, packet
from workbench.api import UNDECODED, Direction, FrameError, Handoff

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


def test_hears_what_the_dissector_reads():
    turns = [(TO_SERVER, SEEDS[0].messages[0]), (TO_CLIENT, packet(1, "echo", text=b"hello")), (TO_SERVER, SEEDS[0].messages[2])]
    hear = Hearing(TINY)
    for _ in range(2):  # the second time from memory
        heard = [each.message for each in hear(turns)]
        read = converse(TINY, turns)
        assert [message.label for message in heard] == ["echo", "echo reply", "bye"]
        assert [(m.raw, m.label, m.exchange, m.start, m.end, m.root) for m in heard] == [
            (m.raw, m.label, m.exchange, m.start, m.end, m.root) for m in read
        ]


def test_split_messages_are_one():
    first, second, third = SEEDS[0].messages
    data = first + second + third
    for cut in range(1, len(data)):
        heard = Hearing(TINY).client([data[:cut], data[cut:]])
        assert [message.raw for message in heard] == [first, second, third]


def test_a_client_that_is_no_client_any_more():
    junk = b"\x00\x01xx"  # the length field counts less than a message has: FrameError comes from the first two bytes of the next
    strict = replace(TINY, frame=_never_short)
    heard = Hearing(strict)(
        [(TO_SERVER, packet(1, "echo") + junk), (TO_CLIENT, packet(1, "echo")), (TO_SERVER, packet(2, "echo"))]
    )
    assert [(each.message.protocol, each.message.raw) for each in heard] == [
        ("tiny", packet(1, "echo")),
        (UNDECODED, junk),
        ("tiny", packet(1, "echo")),
    ]
    assert heard[1].message.errors


def _never_short(data: bytes) -> int | None:
    size = TINY.frame(data) if TINY.frame else None
    if size is not None and size < 9:
        raise FrameError("too short")
    return size


def test_an_answer_before_the_question_is_complete_is_early():
    question = packet(1, "echo", text=b"what")
    heard = Hearing(TINY)([(TO_SERVER, question[:5]), (TO_CLIENT, packet(1, "echo"))])
    assert [(each.message.direction, each.early) for each in heard] == [(TO_CLIENT, True), (TO_SERVER, False)]
    heard = Hearing(TINY)([(TO_SERVER, question), (TO_CLIENT, packet(1, "echo"))])
    assert not any(each.early for each in heard)


class _HandsOff:
    def __init__(self, context):
        pass

    def receive(self, chunk):
        return [Handoff("other")]

    def finish(self, direction):
        raise AssertionError("not after a hand-off")


def test_a_hand_off_ends_what_is_heard():
    spec = replace(TINY, grammar=None, frame=None, decoder=_HandsOff)
    assert Hearing(spec)([(TO_SERVER, b"x"), (TO_CLIENT, b"y")]) == []


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=30)), max_size=6))
def test_arbitrary_bytes_never_raise(turns):
    heard = Hearing(TINY)(turns)
    said = b"".join(each.message.raw for each in heard if each.message.direction is TO_CLIENT)
    assert said == b"".join(data for direction, data in turns if direction is TO_CLIENT)

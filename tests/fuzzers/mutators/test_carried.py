from dataclasses import replace

from fuzzers.mutators.carried import CARRIED
from fuzzers.mutators.change import Grammar
from support.mutating import outcomes, said
from support.tiny import TINY
from workbench.api import FrameReader, Hints, Seed, StreamData, StreamReset
from workbench.laws.mutating import mutators_are_pure
from workbench.laws.subject import Subject

SESSION = (bytes(StreamData(2, b"control")), bytes(StreamData(0, b"a question", end=True)))
QUIET = replace(TINY, name="quiet", transport="quic", seeds=(Seed("both", SESSION),), hints=Hints(mutators=CARRIED))


def frames(messages):
    return list(FrameReader().receive(b"".join(messages)))


def test_they_keep_the_law_of_mutators():
    assert list(mutators_are_pure(Subject(QUIET, rounds=200))) == []


def test_what_a_transport_carries_has_them_and_nothing_else_has():
    assert Grammar.of(replace(QUIET, hints=Hints())).mutators == CARRIED
    assert Grammar.of(TINY).mutators == ()


def test_streams_get_other_numbers():
    numbers = {frame.stream for change in outcomes(CARRIED, "stream-number", SESSION) for frame in frames(change.messages)}
    assert {0, 1, 2, 3, 4, 6, 4_000, (1 << 62) - 4} <= numbers


def test_pieces_say_the_same():
    for change in outcomes(CARRIED, "stream-pieces", SESSION):
        found = frames(change.messages)
        for stream, data in ((2, b"control"), (0, b"a question")):
            assert b"".join(frame.data for frame in found if frame.stream == stream) == data
        assert [frame.stream for frame in found if frame.end] == [0]


def test_ends_are_missing_early_and_not_the_end():
    whats = {change.what for change in outcomes(CARRIED, "stream-end", SESSION)}
    assert whats == {"no end", "an end", "an end in the middle", "more behind the end", "two ends", "an end of nothing"}
    found = [frames(change.messages) for change in outcomes(CARRIED, "stream-end", SESSION) if change.what == "two ends"]
    assert all(sum(frame.end for frame in each) >= 2 for each in found)


def test_streams_are_given_up_by_the_hundred():
    floods = [frames(change.messages) for change in outcomes(CARRIED, "stream-flood", SESSION)]
    assert max(sum(isinstance(frame, StreamReset) for frame in flood) for flood in floods) == 500
    assert any(
        isinstance(frame, StreamReset)
        for change in outcomes(CARRIED, "stream-given-up", SESSION)
        for frame in frames(change.messages)
    )


def test_frames_change_places_and_others_come_between():
    assert {change.messages for change in outcomes(CARRIED, "stream-order", SESSION)} == {SESSION[::-1]}
    assert len(set(said(CARRIED, "other-frame", SESSION))) >= 10

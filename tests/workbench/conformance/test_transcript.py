from hypothesis import given
from hypothesis import strategies as st

from workbench.conformance.transcript import Transcript


def test_bytes_of_one_direction_are_one_turn_until_something_else_happens():
    transcript = Transcript()
    one, two = transcript.open(), transcript.open()
    transcript.note(one, "sent", 0, b"a")
    transcript.note(one, "sent", 0, b"b")
    transcript.note(two, "sent", 0, b"c")
    transcript.note(one, "sent", 0, b"d")
    transcript.note(one, "sent", 5, b"e")
    transcript.note(one, "received", 5, b"f")
    transcript.note(one, "closed", 5)
    assert [(turn.connection, turn.kind, turn.data) for turn in transcript.turns] == [
        (one, "sent", b"ab"),
        (two, "sent", b"c"),
        (one, "sent", b"d"),
        (one, "sent", b"e"),
        (one, "received", b"f"),
        (one, "closed", b""),
    ]
    assert (transcript.sent, transcript.received) == (5, 1)


@given(st.lists(st.tuples(st.sampled_from(["sent", "received"]), st.integers(0, 3), st.binary(max_size=40))), st.integers(1, 60))
def test_no_more_is_kept_than_there_is_room_for_but_everything_is_counted(notes, room):
    transcript = Transcript(room)
    for kind, at_ns, data in notes:
        transcript.note(1, kind, at_ns, data)
    assert sum(len(turn.data) for turn in transcript.turns) <= room
    assert len(transcript.turns) <= room
    assert transcript.sent + transcript.received == sum(len(data) for _, _, data in notes)
    assert all(turn.size >= len(turn.data) for turn in transcript.turns)


def test_the_first_crash_is_remembered():
    transcript = Transcript(1)
    transcript.note(1, "crashed", 0, b"ValueError: first")
    transcript.note(1, "crashed", 0, b"ValueError: second")
    assert transcript.crash == "ValueError: first"

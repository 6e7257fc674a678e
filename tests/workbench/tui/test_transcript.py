from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Chunk, Direction
from workbench.tui import transcript
from workbench.tui.transcript import byte_lines, text_lines, turns_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
TALK = (
    Chunk(UP, 0, b"GET / HTTP/1.1\r\n", packet=4, carrier=4, time_ns=1000),
    Chunk(UP, 16, b"\r\n", packet=5, carrier=5, time_ns=1500),
    Chunk(DOWN, 0, b"HTTP/1.1 200 OK\r\n\r\nhello", packet=7, carrier=7, time_ns=3000),
    Chunk(DOWN, 60, b"there", packet=9, carrier=9, time_ns=4000, gap=36),
)


def test_turns_join_what_one_side_says():
    turns = list(turns_of(TALK))
    assert [(turn.direction, turn.data, turn.packets, turn.lost) for turn in turns] == [
        (UP, b"GET / HTTP/1.1\r\n\r\n", 2, 0),
        (DOWN, b"HTTP/1.1 200 OK\r\n\r\nhello", 1, 0),
        (DOWN, b"there", 1, 36),
    ]


def test_one_direction_only():
    assert [turn.direction for turn in turns_of(TALK, UP)] == [UP]


def test_text_has_a_head_line_for_each_turn():
    lines = [line.text for line in text_lines(turns_of(TALK), 80)]
    assert lines[0].startswith(" → client · 18 B · packet 4 and 1 more · +0 ns ")
    assert " ▏ GET / HTTP/1.1" in lines
    assert any(line.startswith(" ← server · 24 B · packet 7 · +2.00 µs") for line in lines)
    assert " ┆ 36 bytes were not captured" in lines


def test_lines_know_their_packet():
    assert {line.packet for line in text_lines(turns_of(TALK), 80)} == {4, 7, 9}


def test_bytes_are_dumped_with_stream_offsets():
    lines = [line.text for line in byte_lines(turns_of(TALK, UP), 80)]
    assert lines[1].startswith(" ▏ 00000000  47 45 54 20")
    assert lines[1].endswith("GET / HTTP/1.1··")
    assert lines[2].startswith(" ▏ 00000010  0d 0a")


@given(st.binary(max_size=300), st.integers(20, 120))
def test_whatever_is_said_lines_are_printable_and_fit(data: bytes, width: int):
    turns = list(turns_of([Chunk(UP, 0, data, packet=1, carrier=1)]))
    for line in (*text_lines(turns, width), *byte_lines(turns, max(width, 60))):
        assert line.text.isprintable()
    for line in list(text_lines(turns, width))[1:]:
        assert len(line.text) <= width


def test_an_endless_conversation_is_cut_with_a_word(monkeypatch):
    monkeypatch.setattr(transcript, "MOST_LINES", 5)
    lines = list(text_lines(turns_of([Chunk(UP, 0, b"x\n" * 50, packet=1)]), 40))
    assert len(lines) == 6
    assert "only the first 5 lines" in lines[-1].text

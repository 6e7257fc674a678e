import json
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Direction
from workbench.reporting import followed
from workbench.reporting.followed import hex_lines, json_lines, text_lines

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


@dataclass(frozen=True)
class Piece:
    direction: Direction
    data: bytes
    packet: int = 1
    time_ns: int = 2_500_000_000
    missing: int = 0


def text(*pieces):
    return list(text_lines(pieces, 10**9))


def test_turns_have_a_head_and_lines():
    pieces = [Piece(UP, b"GET /\r\nHo"), Piece(UP, b"st: x\r\n", 2), Piece(DOWN, b"ok", 3)]
    assert text(*pieces) == ["→ #1 1.500000", "GET /", "Host: x", "← #3 1.500000", "ok"]


def test_characters_may_be_split_between_packets():
    assert text(Piece(UP, "grüße".encode()[:3]), Piece(UP, "grüße".encode()[3:]))[1:] == ["grüße"]


def test_lost_bytes_are_said():
    assert text(Piece(UP, b"a"), Piece(UP, b"b", missing=1234))[1:] == ["a", "  [1,234 bytes are missing in the capture]", "b"]


def test_lines_without_end_are_cut(monkeypatch):
    monkeypatch.setattr(followed, "LONGEST_LINE", 4)
    assert text(Piece(UP, b"abcdefghij"))[1:] == ["abcd\\", "efgh\\", "ij"]


def test_whole_lines_are_cut_like_those_without_end(monkeypatch):
    monkeypatch.setattr(followed, "LONGEST_LINE", 4)
    assert text(Piece(UP, b"abcdefghij\r\nx\n\nabcd"))[1:] == ["abcd\\", "efgh\\", "ij", "x", "", "abcd"]


def test_bytes_that_are_no_text_are_told_from_backslashes():
    assert text(Piece(UP, b"\x00\xff\\xff \xc3"), Piece(UP, b"\xa9\xed\xb2\x80"))[1:] == [r"\x00\xff\\xff é\xed\xb2\x80"]


PIECES = st.lists(st.builds(Piece, st.sampled_from(Direction), st.binary(max_size=40)), max_size=12)


@given(PIECES)
def test_no_bytes_move_a_cursor(pieces):
    for lines in (text_lines(pieces, 0), hex_lines(pieces, 0), json_lines(pieces, 0)):
        assert all(line.isprintable() for line in lines)


@given(PIECES)
def test_hex_and_json_hold_every_byte_at_its_offset(pieces):
    whole = {way: b"".join(piece.data for piece in pieces if piece.direction is way) for way in Direction}
    by_hex = {"→": b"", "←": b""}
    for line in hex_lines(pieces, 0):
        mark, rest = line.split(" ", 1)
        if not rest.startswith("#"):
            assert int(rest[:8], 16) == len(by_hex[mark])
            by_hex[mark] += bytes.fromhex(rest[10:58])
    assert (by_hex["→"], by_hex["←"]) == (whole[UP], whole[DOWN])
    by_json = {"to_server": b"", "to_client": b""}
    for value in map(json.loads, json_lines(pieces, 0)):
        assert value["offset"] == len(by_json[value["direction"]])
        by_json[value["direction"]] += bytes.fromhex(value["data"])
    assert (by_json["to_server"], by_json["to_client"]) == (whole[UP], whole[DOWN])

"""Bytes cut into records, lines and what is neither."""

from hypothesis import given
from hypothesis import strategies as st

from support.tls import client_hello, record
from workbench_tls.limits import MAX_CLEAR_LINE, MAX_FRAGMENT, MAX_JUNK
from workbench_tls.wire import Wire, is_header, starts_ssl2

HELLO = record(22, client_hello(), 0x0301)
DATA = record(23, b"x" * 40)


def cut(*parts, size=0):
    """(kind, start, end) of the pieces; an int is so many lost bytes."""
    wire = Wire()
    found = []
    for part in parts:
        if isinstance(part, int):
            found += wire.gap(part)
            continue
        step = size or len(part)
        for at in range(0, len(part), step):
            wire.data += part[at : at + step]
            found += wire.pieces()
    found += wire.finish()
    return found


def kinds(*parts):
    return [(piece.kind, len(piece.raw), piece.end - piece.start) for piece in cut(*parts)]


def test_records_are_pieces():
    assert kinds(HELLO + DATA, DATA) == [("record", len(HELLO), len(HELLO)), ("record", 45, 45), ("record", 45, 45)]


def test_lines_before_a_hello():
    """STARTTLS: the protocol in the clear comes line by line, then TLS begins."""
    assert kinds(b"EHLO me\r\n", b"STARTTLS\r\n" + HELLO) == [
        ("data", 9, 9),
        ("data", 10, 10),
        ("record", len(HELLO), len(HELLO)),
    ]
    assert kinds(b"<stream:stream><starttls/>" + HELLO)[0] == ("data", 26, 26)


def test_a_line_is_given_as_soon_as_it_is_whole():
    wire = Wire()
    wire.data += b"220 ready\r\n"
    assert [piece.raw for piece in wire.pieces()] == [b"220 ready\r\n"]


def test_binary_protocols_before_a_hello():
    """PostgreSQL asks in eight bytes and is answered in one."""
    assert kinds(b"\0\0\0\x08\x04\xd2\x16\x2f" + HELLO) == [("data", 8, 8), ("record", len(HELLO), len(HELLO))]
    assert kinds(b"S" + HELLO) == [("data", 1, 1), ("record", len(HELLO), len(HELLO))]


def test_junk_between_records_is_skipped():
    pieces = cut(HELLO + b"\xff\xee\xdd" + DATA)
    assert [(piece.kind, piece.junk) for piece in pieces] == [("record", False), ("data", True), ("record", False)]


def test_a_hole_in_a_record_loses_that_record_only():
    assert kinds(DATA[:20], 10, DATA[30:] + DATA) == [("cut", 20, 20), ("data", 15, 25), ("record", 45, 45)]


def test_after_a_larger_hole_the_next_header_is_found():
    assert kinds(DATA[:20], 100, b"\1\2\3" + DATA) == [("cut", 20, 20), ("data", 3, 103), ("record", 45, 45)]
    assert kinds(DATA, 100, DATA) == [("record", 45, 45), ("lost", 0, 100), ("record", 45, 45)]
    assert kinds(DATA, 100) == [("record", 45, 45), ("lost", 0, 100)]


def test_what_breaks_off_at_the_end():
    assert kinds(HELLO[:50]) == [("cut", 50, 50)]
    assert kinds(HELLO[:4]) == [("data", 4, 4)]


def test_pieces_that_are_no_records_are_bounded():
    sizes = [size for _, size, _ in kinds(HELLO + b"\xff" * (3 * MAX_JUNK))]
    assert max(sizes) == MAX_JUNK
    assert max(size for _, size, _ in kinds(b"a" * (3 * MAX_CLEAR_LINE))) <= MAX_JUNK


def test_headers():
    assert is_header(b"\x16\3\1\0\5")
    assert not is_header(b"\x16\3\5\0\5")
    assert not is_header(b"\x16\3\3" + (MAX_FRAGMENT + 1).to_bytes(2, "big"))
    assert starts_ssl2(bytes.fromhex("802e010002001500"))
    assert starts_ssl2(bytes.fromhex("80550103010020"))
    assert not starts_ssl2(bytes.fromhex("802e0200020015"))


PARTS = st.lists(
    st.one_of(
        st.sampled_from((HELLO, DATA, DATA[:-3], b"line\r\n", b"\x16\3\1", b"STARTTLS\r\n", b"\x16\3\1\1\x0a\1\0")),
        st.binary(max_size=30),
        st.integers(1, 200),
    ),
    max_size=8,
)


@given(PARTS, st.integers(1, 9))
def test_pieces_tile_and_do_not_depend_on_the_split(parts, size):
    parts = [part for part in parts if part]
    whole = cut(*parts)
    assert cut(*parts, size=size) == whole
    at = 0
    for piece in whole:
        assert piece.start == at
        assert piece.end - piece.start >= len(piece.raw)
        at = piece.end
    assert at == sum(part if isinstance(part, int) else len(part) for part in parts)
    assert sum(len(piece.raw) for piece in whole) == sum(len(part) for part in parts if isinstance(part, bytes))


def test_small_chunks_are_not_searched_again_and_again():
    wire = Wire()
    for _ in range(MAX_JUNK - 1):
        wire.data += b"\0"
        assert list(wire.pieces()) == []
        assert len(wire.data) - wire.sought <= 7
    wire.data += HELLO
    assert [piece.kind for piece in wire.pieces()] == ["data", "record"]
    assert wire.sought == 0

from hypothesis import given
from hypothesis import strategies as st

from captures import fragments
from captures.fragments import MAX_PENDING, Fragments, Known, slice_pieces


def test_a_datagram_comes_when_nothing_is_missing_in_any_order():
    whole = bytes(range(40))
    waiting = Fragments()
    assert waiting.add("k", 24, whole[24:], ((3, 100, 116),), more=False) is None
    assert waiting.add("k", 0, whole[:8], ((1, 34, 42),), more=True) is None
    assert waiting.add("k", 8, whole[8:24], ((2, 34, 50),), more=True) == (whole, ((1, 34, 42), (2, 34, 50), (3, 100, 116)))


def test_datagrams_with_other_keys_do_not_mix():
    waiting = Fragments()
    assert waiting.add("a", 0, b"12345678", ((0, 0, 8),), more=True) is None
    assert waiting.add("b", 8, b"90", ((1, 0, 2),), more=False) is None


def test_where_fragments_overlap_the_lower_offset_wins():
    waiting = Fragments()
    waiting.add("k", 8, b"BBBBBBBB", ((1, 0, 8),), more=False)
    found = waiting.add("k", 0, b"AAAAAAAAAAAA", ((2, 0, 12),), more=True)
    assert found == (b"AAAAAAAAAAAABBBB", ((2, 0, 12), (1, 4, 8)))


def test_a_datagram_can_come_twice():
    waiting = Fragments()
    for _ in range(2):
        assert waiting.add("k", 0, b"12345678", ((0, 0, 8),), more=True) is None
        assert waiting.add("k", 8, b"9", ((1, 0, 1),), more=False) is not None


def test_an_offset_beyond_any_datagram_is_refused():
    assert Fragments().add("k", 65_528, bytes(100), ((0, 0, 100),), more=False) is None


def test_the_oldest_datagrams_are_forgotten(monkeypatch):
    waiting = Fragments()
    for key in range(MAX_PENDING + 1):
        waiting.add(key, 0, b"12345678", ((0, 0, 8),), more=True)
    assert waiting.add(0, 8, b"9", ((1, 0, 1),), more=False) is None
    assert waiting.add(MAX_PENDING, 8, b"9", ((1, 0, 1),), more=False) is not None
    monkeypatch.setattr(fragments, "MAX_BYTES", 100)
    waiting = Fragments()
    for key in range(3):
        waiting.add(key, 0, bytes(48), ((0, 0, 48),), more=True)
    assert waiting.add(0, 48, b"9", ((1, 0, 1),), more=False) is None
    assert waiting.add(2, 48, b"9", ((1, 0, 1),), more=False) is not None


@given(st.permutations([(start, 8) for start in range(0, 64, 8)] + [(0, 24), (20, 30), (40, 1), (56, 8)]))
def test_a_datagram_is_complete_with_the_fragment_that_fills_the_last_hole(order):
    waiting, seen = Fragments(), set()
    for start, size in order:
        found = waiting.add("k", start, bytes(size), ((start, 0, size),), more=start + size < 64)
        seen.update(range(start, start + size))
        assert (found is not None) == (len(seen) == 64)
        if found:
            assert found[0] == bytes(64)
            break


def test_fragments_of_a_datagram_that_never_completes_are_not_looked_at_again(monkeypatch):
    looks = []
    monkeypatch.setattr(fragments, "_begin", lambda span: looks.append(span) or span[0])
    waiting = Fragments()
    waiting.add("k", 64_000, b"last", ((0, 0, 4),), more=False)
    for number in range(2000):
        waiting.add("k", 8 + number % 500 * 8, b"12345678", ((number, 0, 8),), more=True)
    assert len(looks) < 2000 * 12


def test_a_known_datagram_answers_any_fragment():
    assert Known(b"whole", ((1, 0, 5),)).add("k", 8, b"part", (), more=True) == (b"whole", ((1, 0, 5),))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.data())
def test_slices_of_pieces_are_slices_of_the_bytes(sizes, data):
    packets = [bytes([65 + row]) * (size + 3) for row, size in enumerate(sizes)]
    pieces = tuple((row, 2, 2 + size) for row, size in enumerate(sizes))
    whole = b"".join(packets[row][start:end] for row, start, end in pieces)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    cut = slice_pieces(pieces, start, end)
    assert b"".join(packets[row][low:high] for row, low, high in cut) == whole[start:end]

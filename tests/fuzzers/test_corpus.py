from fuzzers.corpus import corpus_of
from support.tiny import SEEDS, TINY, packet
from workbench.api import Seed


def test_pieces_are_decoded_where_they_are_sound():
    (entry,) = corpus_of(TINY, [Seed("mixed", (packet(1, "echo"), b"\x00\x03junk!", packet(2, "sum", (4,))))])
    assert [piece.message is not None for piece in entry.pieces] == [True, False, False]
    assert [piece.raw for piece in entry.pieces] == [packet(1, "echo"), b"\x00\x03junk!", packet(2, "sum", (4,))]


def test_all_seed_messages_are_decoded():
    for entry in corpus_of(TINY, SEEDS):
        assert all(piece.message is not None and piece.message.raw == piece.raw for piece in entry.pieces)

from random import Random

from fuzzers.corpus import pieces_of
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.spans import overwrite, spans_of
from support.tiny import SEEDS, TINY

MESSAGES = [piece.message for seed in SEEDS for piece in pieces_of(TINY, seed.messages) if piece.message is not None]


def test_spans_are_the_fields_and_tile_the_message():
    for message in MESSAGES:
        spans = spans_of(message)
        assert b"".join(message.raw[start:end] for start, end in sorted(spans)) == message.raw


def test_fields_are_written_over_in_place():
    kinds = set()
    for seed in range(400):
        message = MESSAGES[seed % len(MESSAGES)]
        spans = spans_of(message)
        raw, mutations = overwrite(message.raw, spans, Random(seed), 7)
        assert len(raw) == len(message.raw)
        changed = {place for place in range(len(raw)) if raw[place] != message.raw[place]}
        told = {mutation.path for mutation in mutations}
        assert all(any(f"[{start}:{end}]" in told for start, end in spans if start <= place < end) for place in changed)
        assert all(mutation.message == 7 for mutation in mutations)
        kinds |= {mutation.kind.partition(".")[2] for mutation in mutations}
    assert kinds == {"edge", "add", "bit", "copy", "random", "fill"}


def test_what_is_known_about_a_message_is_worked_out_once():
    grammar = Grammar.of(TINY)
    assert grammar.spans(MESSAGES[0]) is grammar.spans(MESSAGES[0])

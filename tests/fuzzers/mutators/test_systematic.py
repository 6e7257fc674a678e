from fuzzers.corpus import corpus_of
from fuzzers.mutators import systematic
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.systematic import rendered, steps
from support.tiny import PACKET, SEEDS, TINY, packet
from workbench.api import Seed

CORPUS = corpus_of(TINY, SEEDS)
GRAMMAR = Grammar.of(TINY)


def test_first_everything_once_then_everything_again():
    walk = steps(CORPUS)
    places = [(step.entry, step.piece, step.change.path) for step in walk]
    first_round = places[: places.index(places[0], 1)]
    assert len(first_round) == len(set(first_round)) == len(set(places))
    assert (0, 1, ("items", 2)) in first_round
    assert (1, 0, ("text",)) in first_round


def test_equal_messages_are_walked_once():
    twice = corpus_of(TINY, [*SEEDS, Seed("again", SEEDS[0].messages)])
    assert len(steps(twice)) == len(steps(CORPUS))


def test_steps_are_bounded(monkeypatch):
    monkeypatch.setattr(systematic, "MAX_STEPS", 7)
    assert len(steps(CORPUS)) == 7


def test_values_are_built_in_computed_ones_patched_in():
    message = CORPUS[0].pieces[1].message
    assert message is not None
    seen = {}
    for step in steps(CORPUS):
        if (step.entry, step.piece) == (0, 1):
            raw, (mutation,) = rendered(message, step, GRAMMAR)
            seen[mutation.path, mutation.kind, mutation.after] = raw
    assert PACKET.parse(seen["id", "value.boundary.rebuilt", "65535"]).id == 65_535
    assert seen["count", "value.boundary.broken", "0"][5] == 0
    assert PACKET.parse(seen["items", "value.clear.rebuilt", "0 items"])["items"] == []
    # what does not fit its field cannot be built; patched in, with the checksum made right
    repaired = seen["id", "value.boundary.repaired", "-1"]
    assert PACKET.parse(repaired).id == 65_535


def test_strings_at_their_borders():
    (entry,) = corpus_of(TINY, [Seed("x", (packet(1, "echo", text=b"hi"),))])
    assert entry.pieces[0].message is not None
    texts = [step.change.after for step in steps([entry]) if step.change.path == ("text",)]
    assert texts == [b"", b"hi" * 300, b"h", b"hi\0"]

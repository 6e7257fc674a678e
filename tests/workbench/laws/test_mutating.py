import itertools

import pytest

from support.toy import TOY, changed
from workbench.api import MOST_ADDED_BYTES, MOST_ADDED_MESSAGES, Hints, Mutated, Mutator
from workbench.laws import Subject
from workbench.laws.mutating import mutators_are_pure

COUNTER = itertools.count()


def breaches(*changes):
    mutators = tuple(Mutator(f"change {place}", "section 1", change) for place, change in enumerate(changes))
    return list(mutators_are_pure(Subject(changed(hints=Hints(mutators=mutators)))))


def _grow(messages):
    messages.append(b"x")


def _double(messages, random):
    at = random.randrange(len(messages))
    return Mutated.put(messages, at, messages[at] * 2 if len(messages[at]) < 1000 else b"x", "doubled")


def test_mutators_that_keep_the_law_and_none_at_all():
    assert breaches(_double, lambda messages, _: Mutated.added(messages, 0, [b"first"], "begun with a word")) == []
    assert list(mutators_are_pure(Subject(TOY))) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda *_: 1 // 0, "raised ZeroDivisionError"),
        (lambda *_: None, "finds nothing to do in any seed"),
        (lambda messages, _: (_grow(messages), Mutated(tuple(messages), 0, "grown"))[1], "changed the session that it was given"),
        (lambda messages, _: Mutated.put(messages, 0, b"%d" % next(COUNTER), "counted"), "equal randomness gave two results"),
        (lambda messages, _: Mutated.put(messages, 0, b"", "emptied"), "a message became empty"),
        (lambda *_: Mutated((), 0, "cleared"), "a message became empty"),
        (lambda messages, _: Mutated.added(messages, 0, [b"x"] * (MOST_ADDED_MESSAGES + 1), "flooded"), "messages were added"),
        (lambda messages, _: Mutated.added(messages, 0, [b"x" * (MOST_ADDED_BYTES + 1)], "flooded"), "bytes were added"),
        (lambda messages, _: Mutated.put(messages, 0, b"x", "odd \n"), "says 'odd \\n' about itself"),
        (lambda *_: Mutated((b"x",), 9, "odd"), "is about message 9 of 1"),
    ],
)  # fmt: skip
def test_what_breaks_the_law_is_told(change, text):
    assert any(text in breach for breach in breaches(change))


def test_names_are_not_used_twice():
    twice = (Mutator("turn", "1", _double),) * 2
    assert next(mutators_are_pure(Subject(changed(hints=Hints(mutators=twice))))) == "two mutators are called 'turn'"

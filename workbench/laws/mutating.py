"""Laws about mutators: whatever session they get, they change it in bounds, the same way every time, and never fail."""

from collections.abc import Iterator, Sequence
from random import Random

from dissectors.slots import described
from workbench.api import MOST_ADDED_BYTES, MOST_ADDED_MESSAGES, Direction, Mutated, Mutator
from workbench.laws.subject import Subject

__all__ = ["mutators_are_pure"]

DEPTH = 3
"""Changes on top of each other that every mutator must bear."""

_Session = tuple[bytes, ...]


def mutators_are_pure(subject: Subject) -> Iterator[str]:
    """Every mutator is tried on every seed, on seeds that it and the others changed already, on spoilt ones and on noise; on some seed each
    finds something to do."""
    mutators = tuple(subject.spec.hints.mutators)
    names = [mutator.name for mutator in mutators]
    yield from (f"two mutators are called {name!r}" for name in sorted({name for name in names if names.count(name) > 1}))
    sessions = [("noise", noise) for noise in _noise(subject)]
    for mutator in mutators:
        random = subject.random(f"mutate {mutator.name}")
        found = 0
        for seed in subject.spec.seeds:
            session = seed.messages
            for depth in range(DEPTH):
                breach, after = _tried(mutator, session, random.getrandbits(32))
                yield from (f"mutator {mutator.name!r} on seed {seed.name!r}, changed {depth} times: {text}" for text in breach)
                found += after is not None
                session = after or session
            sessions.append((f"seed {seed.name!r}, changed by {mutator.name!r}", session))
            sessions.append((f"seed {seed.name!r}, changed by {mutator.name!r} and cut elsewhere", _cut(session, random)))
        if not found and subject.spec.seeds:
            yield f"mutator {mutator.name!r} finds nothing to do in any seed"
    for mutator in mutators:
        random = subject.random(f"mutate again {mutator.name}")
        for name, session in random.sample(sessions, min(len(sessions), subject.rounds)):
            yield from (
                f"mutator {mutator.name!r} on {name}: {text}" for text in _tried(mutator, session, random.getrandbits(32))[0]
            )


def _tried(mutator: Mutator, session: Sequence[bytes], seed: int) -> tuple[list[str], _Session | None]:
    """What is wrong with a change, and the session after it (None where there was none)."""
    given = list(session)
    try:
        found, again = mutator.change(given, Random(seed)), mutator.change(given, Random(seed))
    except Exception as error:  # whatever it raises: it must not
        return [f"raised {described(error)}"], None
    breaches = []
    if given != list(session):
        breaches.append("changed the session that it was given")
    if found != again:
        breaches.append("equal randomness gave two results")
    if found is None:
        return breaches, None
    return breaches + list(_out_of_bounds(session, found)), found.messages


def _out_of_bounds(session: Sequence[bytes], found: Mutated) -> Iterator[str]:
    if not found.messages or not all(found.messages):
        yield "a message became empty"
    if len(found.messages) > len(session) + MOST_ADDED_MESSAGES:
        yield f"{len(found.messages) - len(session)} messages were added"
    grown = sum(map(len, found.messages)) - sum(map(len, session))
    if grown > MOST_ADDED_BYTES:
        yield f"{grown} bytes were added"
    if not 0 <= found.message <= len(found.messages):
        yield f"it is about message {found.message} of {len(found.messages)}"
    if not found.what or not found.what.isprintable():
        yield f"it says {found.what!r} about itself"


def _noise(subject: Subject) -> Iterator[_Session]:
    """What sessions become in the course of a campaign: spoilt seeds, and bytes that mean nothing."""
    for _, turns in subject.inputs("mutate"):
        said = tuple(data for direction, data in turns if direction is Direction.TO_SERVER and data)
        if said:
            yield said


def _cut(session: _Session, random: Random) -> _Session:
    """The same bytes, cut elsewhere."""
    data = b"".join(session)
    cut = random.randint(0, len(data))
    return tuple(filter(None, (data[:cut], data[cut:])))

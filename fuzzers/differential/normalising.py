"""From what a server said to what it meant: its answers, without what differs between any two servers."""

from collections.abc import Iterator, Sequence

from fuzzers.hearing import Heard
from workbench.api import Answer, Message, ProtocolSpec

__all__ = ["BROKEN", "answers_of"]

BROKEN = Answer("broken")
"""A reply that the grammar does not know: what exactly is wrong with it is for another oracle."""

LONGEST = 80
"""Characters of a value that are compared and shown; longer ones are bodies."""


def answers_of(spec: ProtocolSpec, talk: Sequence[Heard]) -> tuple[Answer, ...]:
    """The answers in a conversation, in their order; where a protocol names its exchanges, in the order in which these began (replies on
    different streams come as they like)."""
    begun: dict[object, int] = {}
    found: list[tuple[int, Answer]] = []
    for said in talk:
        key = said.message.exchange
        place = begun.setdefault(key, len(begun)) if key is not None else len(begun)
        if not said.by_client:
            answer = _answer(spec, said)
            if answer is not None:
                found.append((place, answer))
    return tuple(answer for _, answer in sorted(found, key=lambda each: each[0]))


def _answer(spec: ProtocolSpec, said: Heard) -> Answer | None:
    if said.errors:
        return BROKEN
    if spec.hints.answer is not None:
        return spec.hints.answer(said.message)
    facts: dict[str, object] = {}
    for name, value in _values(said.message):
        if name not in spec.hints.volatile:
            facts[name] = f"{facts[name]}, {value}"[:LONGEST] if name in facts else value
    return Answer(said.message.label, None, facts)


def _values(message: Message) -> Iterator[tuple[str, str]]:
    """The leaves of a message that were on the wire, by filter name."""
    for _, node in message.root.walk():
        if not node.children and node.abbrev and node.value is not None and not node.generated:
            yield node.abbrev, str(node.value)[:LONGEST]

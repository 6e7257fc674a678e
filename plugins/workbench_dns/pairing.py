"""Which response answers which query (RFC 5452 9.1, RFC 9210): by id and question."""

from collections.abc import Hashable
from typing import NamedTuple

from workbench.api import Memory, Note, Severity
from workbench_dns.message import Parsed
from workbench_dns.vocabulary import type_name

__all__ = ["Pairing", "Turn", "turn_of"]


class Turn(NamedTuple):
    """What of a message counts for pairing. `question` is its first one: name in lower case, type, class; it stands at `[start, end)`."""

    id: int
    response: bool
    opcode: int
    question: tuple[str, int, int] | None
    start: int = 0
    end: int = 0


def turn_of(parsed: Parsed) -> Turn:
    """The facts of a message that was read."""
    if not parsed.questions or parsed.questions[0].error:
        return Turn(parsed.id, parsed.response, parsed.opcode, None)
    first = parsed.questions[0]
    question = first.name.text.lower(), first.type, first.klass
    return Turn(parsed.id, parsed.response, parsed.opcode, question, first.start, first.end)


class Pairing:
    """What one flow has asked. `memory` is bounded by whoever made it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def exchange(self, turn: Turn) -> tuple[Hashable, tuple[Note, ...]]:
        """The key that query and response share, and what is odd about a response."""
        key = turn.id, turn.opcode, turn.question
        if not turn.response:
            self._memory[turn.id] = key
            if turn.question is not None:
                self._memory[turn.question] = turn.id
            return key, ()
        known = self._memory.get(turn.id)
        if known is None:
            return key, self._other_id(turn)
        if turn.question is None or known[2] is None:
            return known, ()  # a response may leave the question out: FORMERR, the later parts of a transfer
        if known[2] != turn.question:
            text = f"the answer to another question: {known[2][0]} {type_name(known[2][1])} was asked with this id"
            return key, (Note(Severity.WARN, text, turn.start, turn.end, "RFC 5452 9.1"),)
        return known, ()

    def _other_id(self, turn: Turn) -> tuple[Note, ...]:
        asked = None if turn.question is None else self._memory.get(turn.question)
        if asked is None:
            return ()
        text = f"the question was asked with id {asked:#06x}, and is answered with {turn.id:#06x}"
        return (Note(Severity.WARN, text, turn.start - 12, turn.start - 10, "RFC 5452 9.1"),)

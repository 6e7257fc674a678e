"""Which response answers which query (RFC 5452 9.1, RFC 9210): by id and question."""

from collections.abc import Hashable

from workbench.api import Memory, Note, Severity
from workbench_dns.message import Parsed
from workbench_dns.vocabulary import type_name

__all__ = ["Pairing"]

_Asked = tuple[str, int, int]
"""Name in lower case, type, class."""


def _asked(parsed: Parsed) -> _Asked | None:
    if not parsed.questions or parsed.questions[0].error:
        return None
    first = parsed.questions[0]
    return first.name.text.lower(), first.type, first.klass


class Pairing:
    """What one flow has asked. `memory` is bounded by whoever made it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def exchange(self, parsed: Parsed) -> tuple[Hashable, tuple[Note, ...]]:
        """The key that query and response share, and what is odd about a response."""
        question = _asked(parsed)
        if not parsed.response:
            key = parsed.id, parsed.opcode, question
            self._memory[parsed.id] = key
            if question is not None:
                self._memory[question] = parsed.id
            return key, ()
        known = self._memory.get(parsed.id)
        if known is None:
            return (parsed.id, parsed.opcode, question), self._other_id(parsed, question)
        if question is None or known[2] is None:
            return known, ()  # a response may leave the question out: FORMERR, the later parts of a transfer
        if known[2] != question:
            text = f"the answer to another question: {known[2][0]} {type_name(known[2][1])} was asked with this id"
            first = parsed.questions[0]
            note = Note(Severity.WARN, text, first.start, first.end, "RFC 5452 9.1")
            return (parsed.id, parsed.opcode, question), (note,)
        return known, ()

    def _other_id(self, parsed: Parsed, question: _Asked | None) -> tuple[Note, ...]:
        asked = None if question is None else self._memory.get(question)
        if asked is None:
            return ()
        start = parsed.questions[0].start
        text = f"the question was asked with id {asked:#06x}, and is answered with {parsed.id:#06x}"
        return (Note(Severity.WARN, text, start - 12, start - 10, "RFC 5452 9.1"),)

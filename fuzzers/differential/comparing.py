"""Where do the answers of several servers to one case differ, and of what kind is the difference?

The first answer that differs decides: what a server says afterwards follows from it. A difference is described by what each server does
there, so that equal ones are found again whatever the bytes were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.api import Answer

__all__ = ["Difference", "Kind", "Seen", "differences"]

Kind = Literal["accepts", "status", "content", "replies", "connection"]
"""What a difference is about: whether the request is valid at all, what kind of answer it gets, what is in that, how many requests the
bytes hold (the servers are out of step: request smuggling begins here), or whether the connection stays open."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one server did: its answers, and whether it closed the connection."""

    answers: tuple[Answer, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """`said` has for each server, by name, what it did (a word or a few); `place` is the number of the answer, from 0."""

    kind: Kind
    what: str
    said: Mapping[str, str]
    place: int

    @property
    def pattern(self) -> str:
        """What equal differences have in common. Contents are only grouped: how long a body is depends on the case."""
        if self.kind != "content":
            return f"{self.what}: " + ", ".join(f"{name} {said}" for name, said in self.said.items())
        groups: dict[str, list[str]] = {}
        for name, said in self.said.items():
            groups.setdefault(said, []).append(name)
        return f"{self.what}: " + " | ".join(" ".join(names) for names in groups.values())

    def __str__(self) -> str:
        words = ", ".join(f"{name}: {said}" for name, said in self.said.items())
        return f"{self.what} ({words})"


def differences(seen: Mapping[str, Seen]) -> Iterator[Difference]:
    """All differences between the servers, the first one first. Behind an answer that is missing somewhere nothing is compared."""
    most = max(len(each.answers) for each in seen.values())
    for place in range(most):
        here = {name: each.answers[place] if place < len(each.answers) else None for name, each in seen.items()}
        if None in here.values():
            yield Difference("replies", "the answer", _missing(here, seen), place)
            return
        found = list(_differing({name: answer for name, answer in here.items() if answer is not None}, place))
        yield from found
        if any(each.kind == "accepts" for each in found):
            return  # who refuses a message may close, who does not goes on
    closing = {name: "closes" if each.closed else "stays open" for name, each in seen.items()}
    if len(set(closing.values())) > 1:
        yield Difference("connection", "the connection", closing, most)


def _differing(here: Mapping[str, Answer], place: int) -> Iterator[Difference]:
    """Differences of one answer: what is accepted, else what it is, else what is in it."""
    accepting = {name: answer.accepts for name, answer in here.items()}
    if {True, False} <= set(accepting.values()):
        yield Difference("accepts", "the request", {name: _accepting(answer) for name, answer in here.items()}, place)
        return
    kinds = {name: answer.kind for name, answer in here.items()}
    if len(set(kinds.values())) > 1:
        yield Difference("status", "the answer", kinds, place)
        return
    names = dict.fromkeys(name for answer in here.values() for name in answer.facts)
    for fact in names:
        values = {name: str(answer.facts[fact]) for name, answer in here.items() if fact in answer.facts}
        if len(set(values.values())) > 1:
            yield Difference("content", fact, values, place)


def _accepting(answer: Answer) -> str:
    word = {True: "accepts", False: "refuses", None: "does not tell"}[answer.accepts]
    return f"{word} ({answer.kind})" if answer.accepts else word


def _missing(here: Mapping[str, Answer | None], seen: Mapping[str, Seen]) -> dict[str, str]:
    """Who answers, who closes instead, who waits for more."""
    said = {}
    for name, answer in here.items():
        if answer is None:
            said[name] = "closes" if seen[name].closed else "waits"
        elif answer.accepts is None:
            said[name] = f"answers {answer.kind}"
        else:
            said[name] = "answers" if answer.accepts else "refuses"
    return said

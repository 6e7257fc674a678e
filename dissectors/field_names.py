"""Which filter names can messages of a protocol have? Read off its grammar, so that a misspelt name is an error and not an empty answer.

Only the words are collected, not the ways through the grammar: that needs no rules about how names combine, and accepts too much
rather than too little. A decoder written in Python may name fields as it likes; of those nothing is known beforehand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from construct import Construct, FlagsEnum, LazyBound

from workbench.api import PerDirection, ProtocolSpec

__all__ = ["FieldNames", "field_names"]

MOST_SHOWN = 12
"""Words listed where none is near: a line of them."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """The words that filter names of one protocol are made of; `complete` where there can be no others."""

    prefix: str
    words: frozenset[str]
    complete: bool

    def wrong(self, name: str) -> int:
        """Where in `name` (`prefix.word.word`) the first word stands that no field has; -1 when all are known or could be."""
        at = len(self.prefix) + 1
        for word in name[at:].split(".") if self.complete else ():
            if word not in self.words:
                return at
            at += len(word) + 1
        return -1

    def remedy(self, name: str) -> str:
        """What may have been meant by a wrong `name`."""
        words = name[len(self.prefix) + 1 :].split(".")
        mended = [word if word in self.words else next(iter(get_close_matches(word, self.words, 1)), "") for word in words]
        if all(mended):
            return f"Did you mean {self.prefix}.{'.'.join(mended)}?"
        shown = sorted(self.words)[:MOST_SHOWN]
        return f"Its fields are {', '.join(shown)}{' and others' if len(self.words) > MOST_SHOWN else ''}"


def field_names(spec: ProtocolSpec) -> FieldNames:
    """The words in filter names of a protocol."""
    if spec.decoder is not None or spec.grammar is None:
        return FieldNames(spec.filter_prefix, frozenset(), complete=False)
    halves = (spec.grammar.to_server, spec.grammar.to_client) if isinstance(spec.grammar, PerDirection) else (spec.grammar,)
    found = [_words(half) for half in halves]
    words = frozenset[str]().union(*(words for words, _ in found))
    return FieldNames(spec.filter_prefix, words, all(complete for _, complete in found))


@lru_cache(maxsize=256)
def _words(grammar: Construct) -> tuple[frozenset[str], bool]:
    """The names inside a grammar, and whether constructs of unknown kinds may add others."""
    words: set[str] = set()
    complete = True
    seen: dict[int, Construct] = {}
    waiting = [grammar]
    while waiting:
        construct = waiting.pop()
        if id(construct) in seen:
            continue
        seen[id(construct)] = construct
        if construct.name:
            words.add(construct.name)
        if isinstance(construct, FlagsEnum):
            words.update(map(str, construct.flags))
        if isinstance(construct, LazyBound):
            waiting.append(construct.subconfunc())
        complete = complete and type(construct)._parse.__module__.startswith(("construct.", "workbench.api."))
        for value in vars(construct).values():
            waiting.extend(_constructs(value))
    return frozenset(words), complete


def _constructs(value: Any) -> Iterator[Construct]:
    if isinstance(value, Construct):
        yield value
    elif isinstance(value, list | tuple | dict):
        yield from (item for item in (value.values() if isinstance(value, dict) else value) if isinstance(item, Construct))

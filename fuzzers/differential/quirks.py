"""Known differences between servers, each with a reason: they are not reported.

    [[quirk]]
    reason = "lighttpd answers a path with NUL by 400, nginx by 404; both are allowed (RFC 9110 15.5.1)"
    kind = "accepts"                                # see `fuzzers.differential.comparing.Kind`
    what = "the request"                            # which part of the answer; * and ? stand for anything
    cause = "*control character*"                   # what is remarkable about the request, as the finding names it
    said = { nginx = "accepts*", lighttpd = "refuses" }   # who does what

All but the reason may be left out, and is then as it likes. A difference is known when every two servers that differ in it are excused.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations
from typing import Any, get_args

from fuzzers.differential.comparing import Difference, Kind
from workbench.api import UsageError

__all__ = ["Quirk", "draft", "is_known", "read_quirks"]

_KEYS = {"reason", "kind", "what", "cause", "said"}
_REMEDY = 'An entry looks like: [[quirk]], then reason = "…", kind = "status", said = { one = "4xx", other = "2xx" }'


@dataclass(frozen=True, slots=True)
class Quirk:
    """One entry; texts are patterns as in file names."""

    reason: str
    kind: str = "*"
    what: str = "*"
    cause: str = "*"
    said: Mapping[str, str] = field(default_factory=dict)

    def excuses(self, difference: Difference, cause: str, first: str, second: str) -> bool:
        """Whether these two servers may differ like that."""
        about = ((difference.kind, self.kind), (difference.what, self.what), (cause, self.cause))
        if not all(fnmatchcase(text, pattern) for text, pattern in about):
            return False
        return not self.said or all(
            name in self.said and fnmatchcase(difference.said[name], self.said[name]) for name in (first, second)
        )


def is_known(difference: Difference, cause: str, quirks: Iterable[Quirk]) -> bool:
    """Whether all of a difference is excused."""
    quirks = tuple(quirks)
    return all(
        any(quirk.excuses(difference, cause, first, second) for quirk in quirks)
        for first, second in combinations(difference.said, 2)
        if difference.said[first] != difference.said[second]
    )


def read_quirks(text: str, place: str = "quirks") -> tuple[Quirk, ...]:
    """The entries of a file; raises `UsageError` naming the entry that is wrong."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"this is no TOML: {error}", place=place) from error
    entries = said.get("quirk", [])
    if said.keys() - {"quirk"} or not isinstance(entries, list):
        raise UsageError("there is more in it than [[quirk]] entries", place=place, remedy=_REMEDY)
    return tuple(_quirk(entry, f"{place}, entry {number}") for number, entry in enumerate(entries, 1))


def _quirk(entry: Any, place: str) -> Quirk:
    unknown = sorted(entry.keys() - _KEYS) if isinstance(entry, dict) else ["it"]
    if unknown:
        raise UsageError(f"nobody knows {unknown[0]!r}", place=place, remedy=_REMEDY)
    if not entry.get("reason"):
        raise UsageError("no reason is given", place=place, remedy="Say why this difference is of no interest")
    who = entry.get("said", {})
    texts = [value for key, value in entry.items() if key != "said"]
    if not isinstance(who, dict) or not all(isinstance(text, str) for text in (*texts, *who.values())):
        raise UsageError("all values are texts, and `said` is a table of them", place=place, remedy=_REMEDY)
    if entry.get("kind", "*") not in ("*", *get_args(Kind)):
        raise UsageError(f"there is no kind {entry['kind']!r}", place=place, remedy=f"There are {', '.join(get_args(Kind))}")
    return Quirk(**entry)


def draft(difference: Difference, cause: str) -> str:
    """An entry that excuses exactly this; its reason is for people to write."""
    who = {name: "*" if difference.kind == "content" else _plain(said) for name, said in difference.said.items()}
    lines = ["[[quirk]]", f"reason = {_quoted('…: say why this is of no interest')}", f"kind = {_quoted(difference.kind)}"]
    lines += [f"what = {_quoted(_plain(difference.what))}", f"cause = {_quoted(_plain(cause))}"]
    lines.append("said = { " + ", ".join(f"{_quoted(name)} = {_quoted(said)}" for name, said in who.items()) + " }")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A pattern that matches this text: what is special in patterns stands in brackets, what no file should hold for any character."""
    return "".join(f"[{char}]" if char in "*?[" else char if char.isprintable() else "?" for char in text)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

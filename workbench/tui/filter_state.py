"""What the filter bar says about the text in it: a state, always in words, and where the mistake is. No widgets here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from workbench.api import UsageError
from workbench.tui.cells import count

if TYPE_CHECKING:
    from dissectors.filters import Filter
    from workbench.api import ProtocolSpec

__all__ = ["FilterState", "Judgement", "caret_line", "judge", "suggested", "words"]


class FilterState(Enum):
    """The states, named as they are said."""

    EMPTY = "no filter"
    BUSY = "searching"
    INCOMPLETE = "incomplete"
    INVALID = "invalid"
    VALID = "valid"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reading of the text. `caret` is the column of the mistake, -1 when there is none; `sentence` says what it is."""

    state: FilterState
    filter: "Filter | None" = None
    sentence: str = ""
    caret: int = -1


OPEN_ENDS = ("==", "=", "!=", ">", "<", "contains", "in", "{", ",", "not", "and", "or", "!", "(")
"""Texts that end with one of these are not wrong yet."""


def judge(text: str, parse: "Callable[[str], Filter]") -> Judgement:
    """Read a filter; `parse` raises UsageError with the text and a caret under the mistake."""
    if not text.strip():
        return Judgement(FilterState.EMPTY)
    try:
        found = parse(text)
    except UsageError as error:
        sentence, caret = _explained(error)
        open_end = text.rstrip().endswith(OPEN_ENDS) or text.count('"') % 2 == 1
        return Judgement(FilterState.INCOMPLETE if open_end else FilterState.INVALID, None, sentence, caret)
    return Judgement(FilterState.BUSY, found)


def _explained(error: UsageError) -> tuple[str, int]:
    """The sentence of an error (text, caret line, sentence), and the column its caret points at."""
    lines = error.message.splitlines()
    caret = next((line.index("^") for line in lines if line.strip() == "^"), -1)
    text = " ".join(line.strip() for line in (lines if caret < 0 else lines[2:])).rstrip(". ")
    return (f"{text}. {error.remedy}" if error.remedy else text), caret


def caret_line(judgement: Judgement, typed: int, margin: int, width: int) -> str:
    """A line under the text that points at the mistake and says what it is, in `width` cells; the text begins at cell `margin`."""
    column = margin + (judgement.caret if judgement.caret >= 0 else typed)
    after = " " * column + "^ " + judgement.sentence
    if len(after) <= width:
        return after
    if len(judgement.sentence) + 2 <= column < width:
        return f"{judgement.sentence} ^".rjust(column + 1)
    return judgement.sentence


SHORTEST_SUGGESTED = 2
"""Letters of a word before the rest of it is suggested: one letter begins too many."""


def suggested(text: str, specs: "Sequence[ProtocolSpec]") -> str:
    """The line that a text may become with the first word that completes its last one; "" where there is none."""
    from dissectors.filter_completions import completions

    found = completions(text, specs)
    if len(text) - found.start < SHORTEST_SUGGESTED or not found.words:
        return ""
    return text[: found.start] + found.words[0]


def words(state: FilterState, matches: int, looked_at: int, total: int) -> str:
    """The state in words, with the live count of matches."""
    if state is FilterState.VALID:
        return f"✓ valid · {count(matches)} of {count(total)} match"
    if state is FilterState.BUSY:
        share = 100 * looked_at // total if total else 0
        return f"… searching {share} % · {count(matches)} so far"
    return {
        FilterState.EMPTY: f"no filter · all {count(total)} packets",
        FilterState.INCOMPLETE: "… incomplete, the last result stays",
        FilterState.INVALID: "✗ invalid, the last result stays",
    }[state]

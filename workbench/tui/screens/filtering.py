"""The packet list's filter: reads the text, searches in slices on the background thread, and keeps the last valid result meanwhile."""

import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.tui.background import Steps
from workbench.tui.filter_state import FilterState, Judgement, judge, words
from workbench.tui.row_map import RowMap

if TYPE_CHECKING:
    from dissectors.filters import Filter
    from workbench.session import Session
    from workbench.tui.screens.packets import PacketsScreen

__all__ = ["Filtering"]

FIRST_SLICE = 256
SLICE_SECONDS = 0.03
"""How long one step of searching takes at most, about."""

SHOW_SECONDS = 0.1
"""How often the list grows while the search goes on."""

Numbers = npt.NDArray[np.int64]


class Filtering:
    """Filter, its result so far and its state, for one packet list."""

    def __init__(self, screen: "PacketsScreen") -> None:
        self._screen = screen
        self.judgement = Judgement(FilterState.EMPTY)
        self.filter: Filter | None = None
        """The filter whose result is shown."""
        self._valid_text = ""
        self._text = ""
        self._searching = False
        self._coming: RowMap | None = None
        """What the search that goes on has found; shown from its first match on."""

    def begin(self, text: str) -> None:
        """Another capture: everything is shown, then what the text lets through."""
        self.filter = None
        self._searching, self._coming = False, None
        self._screen.list.rows = RowMap(total=self._screen.workbench.workspace.total)
        self._screen.bar.set_text(text or self._screen.bar.text)

    def read(self, text: str) -> None:
        """The text changed: judge it, and search if it makes sense. Invalid text changes nothing but what is said."""
        if text == self._text and self.judgement.state in (FilterState.BUSY, FilterState.VALID) and self.filter is not None:
            return
        self._text = text
        self.judgement = judge(text, self._parse)
        if self.judgement.state is FilterState.EMPTY:
            self._valid_text = ""
            self._screen.workbench.background.drop("match")
            self._searching, self._coming = False, None
            self._swap(None, RowMap(total=self._screen.workbench.workspace.total))
        elif self.judgement.filter is not None:
            self._valid_text = text
            self._search(self.judgement.filter, None)
        self.say()

    def _parse(self, text: str) -> "Filter":
        from dissectors.filters import parse_filter

        return parse_filter(text, self._screen.workbench.workspace.specs)

    def back_to_valid(self) -> None:
        """Take back what was typed since the last valid text."""
        if self._screen.bar.text != self._valid_text:
            self._screen.bar.set_text(self._valid_text)

    def grew(self) -> None:
        """The capture has more packets: all of them are rows, or the search goes on."""
        workspace, packets = self._screen.workbench.workspace, self._screen.list
        if not packets.rows.filtered:
            packets.rows.total = workspace.total
        elif not self._searching and self.filter is not None and packets.rows.total < workspace.total:
            self._search(self.filter, packets.rows)
        self.say()

    def renew(self) -> None:
        """Messages may say more than before: look again at what was decided by them."""
        if self.filter is not None and self.filter.needs_messages:
            self._search(self.filter, None)

    def say(self) -> None:
        """Put the state into words."""
        rows, total = self._coming or self._screen.list.rows, self._screen.workbench.workspace.total
        self._screen.bar.say(self.judgement, words(self.judgement.state, len(rows), rows.total if rows.filtered else 0, total))

    def _search(self, wanted: "Filter", rows: RowMap | None) -> None:
        """Look at the packets after those that `rows` covers; without `rows` at all of them, for a new list."""
        session = self._screen.workbench.workspace.session
        if session is None:
            return
        self._searching = True
        found = self._coming = RowMap(filtered=True) if rows is None else rows
        start = found.total
        self._screen.workbench.background.ask("match", lambda: self._steps(session, wanted, found, start), priority=4)

    def _steps(self, session: "Session", wanted: "Filter", rows: RowMap, start: int) -> Steps:
        step, shown = FIRST_SLICE, time.monotonic()
        found: list[Numbers] = []
        while start < len(session):
            begun = time.monotonic()
            stop = min(start + step, len(session))
            found.append(session.matching(wanted, start, stop))
            ended = time.monotonic()
            step = max(64, int(step * min(8.0, SLICE_SECONDS / max(ended - begun, 1e-4))))
            start = stop
            if ended - shown >= SHOW_SECONDS:
                shown, numbers, found = ended, np.concatenate(found), []
                yield partial(self._found, wanted, rows, numbers, stop, False)
            else:
                yield None
        numbers = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
        yield lambda: self._found(wanted, rows, numbers, start, True)

    def _found(self, wanted: "Filter", rows: RowMap, numbers: Numbers, looked_at: int, done: bool) -> None:
        rows.add(numbers, looked_at)
        if self.judgement.filter is wanted and done:
            self.judgement = Judgement(FilterState.VALID, wanted)
        if done:
            self._searching, self._coming = False, None
        if rows is not self._screen.list.rows and (done or len(rows)):
            self._swap(wanted, rows)
        self.say()
        self._screen.rows_changed()
        if done and looked_at < self._screen.workbench.workspace.total:
            self.grew()

    def _swap(self, wanted: "Filter | None", rows: RowMap) -> None:
        """Show another result; the cursor stays on its packet, or on the next one that is shown."""
        packets = self._screen.list
        current = packets.current or self._screen.workbench.workspace.current
        self.filter, packets.rows = wanted, rows
        packets.cursor = max(0, rows.row(current)) if current else 0
        packets.redraw()
        self._screen.rows_changed()
        if packets.row_count:
            packets.move(packets.cursor)

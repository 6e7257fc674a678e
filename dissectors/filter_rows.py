"""What columns and headers say to a question, exactly: columns for ordinary rows at once, the others one by one."""

from typing import TYPE_CHECKING

import numpy as np

from dissectors.filter_columns import Block, Mask, layered
from dissectors.filter_questions import Cost, Question
from dissectors.filter_view import Headers, View

if TYPE_CHECKING:
    from captures.capture import Capture

__all__ = ["BLOCK", "Rows", "exact"]

BLOCK = 16_384
"""Rows answered together: about a millisecond for the slowest terms, and neighbours are asked next."""

MOST_HEADERS = 2_048
"""Packets whose headers stay taken apart, for the next question about them: thirty kilobytes each, measured with tracemalloc."""


class Rows:
    """Answers about packets of one capture without their messages. Remembers one block of rows per question, the last one asked for, and
    what the headers of odd packets say."""

    def __init__(self, capture: "Capture") -> None:
        self.capture = capture
        self._blocks: dict[int, tuple[Question, int, Mask]] = {}
        self._headers: dict[int, Headers] = {}

    def headers(self, row: int) -> Headers:
        """What the headers of a row say."""
        known = self._headers.get(row)
        if known is None:
            if len(self._headers) >= MOST_HEADERS:
                self._headers.clear()
            known = self._headers[row] = Headers(self.capture, row + 1)
        return known

    def answer(self, row: int, question: Question) -> bool:
        """What a question without messages says of a row."""
        if question.cost is Cost.HEADERS:
            return question.holds(View(self.headers(row)))
        start = row - row % BLOCK
        _, begin, mask = self._blocks.get(id(question), (question, -1, np.zeros(0, np.bool_)))
        if begin != start or row - start >= len(mask):  # the index may have grown since
            index = self.capture.index
            mask = exact(question, Block(self.capture, start, min(start + BLOCK, len(index))), self)
            self._blocks[id(question)] = question, start, mask
        return bool(mask[row - start])


def exact(question: Question, block: Block, rows: Rows) -> Mask:
    """The answer of a question about columns for every row of a block."""
    assert question.exact is not None
    found = question.exact(block)
    odd = np.flatnonzero(layered(block))
    if len(odd) and not question.settled:
        found = found.copy()
        for place in odd.tolist():
            found[place] = question.holds(View(rows.headers(int(block.rows[place]))))
    return found

"""Answers about single packets out of columns: asked one by one, computed for many at once."""

from typing import TYPE_CHECKING, Any

from dissectors.filter_terms import ColumnTerm

if TYPE_CHECKING:
    from captures.index import PacketIndex

__all__ = ["Rows"]

BLOCK = 16_384
"""Rows answered together: about a millisecond for the slowest terms, and neighbours are asked next."""


class Rows:
    """One block of rows per term, the last one asked for."""

    def __init__(self, index: "PacketIndex") -> None:
        self._index = index
        self._known: dict[int, tuple[int, Any]] = {}

    def answer(self, row: int, term: ColumnTerm) -> bool:
        """What a term says of a row."""
        start = row - row % BLOCK
        begin, mask = self._known.get(id(term), (-1, ()))
        if begin != start or row - start >= len(mask):  # the index may have grown since
            mask = term(self._index, start, min(start + BLOCK, len(self._index)))
            self._known[id(term)] = start, mask
        return bool(mask[row - start])

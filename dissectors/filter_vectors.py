"""Comparisons of header fields as vectors: the same questions that `field_values` answers packet by packet, for all rows at once.

What cannot be said so (slices, texts, fields without a column, numbers that could leave 64 bits) gives None and is left to the slow way.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from dissectors.field_catalog import Kind
from dissectors.field_intervals import Intervals
from dissectors.field_values import Called, Computed, Constant, HeaderField, Source
from dissectors.filter_columns import ADDRESSES, COLUMNS, HEADER_ROWS, Block, Mask, Slot, addressed, inside, layered
from dissectors.filter_places import PLACES, Place, read_place

__all__ = ["among", "compared", "present"]

LARGEST = 1 << 62
"""Arithmetic that could pass this is not done in columns of 64 bits."""

_Vector = Callable[[Block], Sequence[Slot]]

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


def present(source: Source) -> Callable[[Block], Mask] | None:
    """Rows that have a value."""
    if isinstance(source, HeaderField) and all(name in ADDRESSES for name in source.names):
        versions = {ADDRESSES[name][0] for name in source.names}
        return lambda block: np.isin(block.column("ip_version"), tuple(versions))
    vector = _vector(source)
    return None if vector is None else lambda block: _any(block, (slot.there for slot in vector(block)))


def among(source: Source, wanted: Sequence[Intervals], mode: str) -> Callable[[Block], Mask] | None:
    """Rows where any, all or none of the values (there being one) lie in one of the intervals; `mode` is one of those words."""
    if isinstance(source, HeaderField) and all(name in ADDRESSES for name in source.names):
        return _addresses(source.names, wanted, mode)
    vector = _vector(source)
    if vector is None or len(wanted) != 1:
        return None

    def rows(block: Block) -> Mask:
        slots = vector(block)
        return _judged(block, [(slot.there, inside(slot, wanted[0])) for slot in slots], mode)

    return rows


def compared(left: Source, sign: str, right: Source, mode: str) -> Callable[[Block], Mask] | None:
    """Rows where any, all or none of the pairs of values compare so."""
    order = _ORDERS.get(sign)
    if order is None:
        return None
    if _is_address(left) and _is_address(right):
        return partial(_pairs_of_addresses, left.names, right.names, mode) if sign == "==" else None  # type: ignore[union-attr]
    first, second = _vector(left), _vector(right)
    if first is None or second is None:
        return None

    def rows(block: Block) -> Mask:
        answers = []
        for one, other in product(first(block), second(block)):
            there = one.there & other.there
            answers.append((there, there & order(_wide(one.values), _wide(other.values))))
        return _judged(block, answers, mode)

    return rows


def _judged(block: Block, answers: Sequence[tuple[Mask, Mask]], mode: str) -> Mask:
    """From (there is such a value, it passes) of each slot to the rows that pass."""
    if mode == "any":
        return _any(block, (passes for _, passes in answers))
    there = _any(block, (each for each, _ in answers))
    if mode == "none":
        return there & ~_any(block, (passes for _, passes in answers))
    wrong = _any(block, (each & ~passes for each, passes in answers))
    return there & ~wrong


def _any(block: Block, masks: Any) -> Mask:
    found: Mask | None = None
    for mask in masks:
        found = mask if found is None else found | mask
    return block.none() if found is None else found


def _wide(values: Any) -> Any:
    return values.astype(np.int64, copy=False)


def _is_address(source: Source) -> bool:
    return isinstance(source, HeaderField) and all(name in ADDRESSES for name in source.names)


def _addresses(names: Sequence[str], wanted: Sequence[Intervals], mode: str) -> Callable[[Block], Mask]:
    def rows(block: Block) -> Mask:
        answers = []
        for name in names:
            there = block.column("ip_version") == ADDRESSES[name][0]
            answers.append((there, _any(block, (addressed(block, name, part) for part in wanted))))
        return _judged(block, answers, mode)

    return rows


def _pairs_of_addresses(first: Sequence[str], second: Sequence[str], mode: str, block: Block) -> Mask:
    words = block.index.pairs.words()
    equal = (words[0] == words[2]) & (words[1] == words[3])
    answers = []
    for one, other in product(first, second):
        version, side = ADDRESSES[one]
        there = (block.column("ip_version") == version) & (ADDRESSES[other][0] == version)
        same = there if side == ADDRESSES[other][1] else there & equal[block.column("pair")]
        answers.append((there, same))
    return _judged(block, answers, mode)


def _vector(source: Source) -> _Vector | None:
    """The values of a source in every row, as so many slots as it can have at most."""
    bound = _bound(source)
    if bound is None or bound > LARGEST:
        return None
    return partial(_slots, source)


def _bound(source: Source) -> int | None:
    """A number that no value is beyond, either way; None where the source has no column."""
    if isinstance(source, Constant):
        return abs(source.value) if isinstance(source.value, int) else None
    if isinstance(source, HeaderField):
        known = all(name in COLUMNS or name in PLACES for name in source.names)
        return (LARGEST if source.kind in (Kind.TIME, Kind.SPAN) else 1 << 48) if known else None
    if isinstance(source, Computed):
        left, right = _bound(source.left), _bound(source.right)
        if left is None or right is None or source.sign in "/%":
            return None
        if Kind.TIME in (source.left.kind, source.right.kind) or Kind.SPAN in (source.left.kind, source.right.kind):
            return None
        return {"+": left + right, "-": left + right, "*": left * right, "&": max(left, right)}[source.sign]
    if isinstance(source, Called) and source.function in ("abs", "max", "min", "count"):
        bounds = [_bound(part) for part in source.parts]
        return None if None in bounds else max(bound for bound in bounds if bound is not None)
    return None


def _slots(source: Source, block: Block) -> Sequence[Slot]:
    if isinstance(source, Constant):
        assert isinstance(source.value, int)
        return (Slot(block.all(), np.full(len(block), source.value, np.int64), abs(source.value)),)
    if isinstance(source, HeaderField):
        return [_column(block, name) for name in source.names]
    if isinstance(source, Computed):
        pairs = product(_slots(source.left, block), _slots(source.right, block))
        return [_combined(source.sign, one, other) for one, other in pairs]
    assert isinstance(source, Called)
    return _called(source.function, [slot for part in source.parts for slot in _slots(part, block)], block)


def _column(block: Block, name: str) -> Slot:
    """A column, computed once for all terms about one block."""
    known: Slot | None = block.memory.get(name)
    if known is None:
        known = block.memory[name] = COLUMNS[name](block) if name in COLUMNS else _read(block, PLACES[name])
    return known


def _read(block: Block, place: Place) -> Slot:
    there = HEADER_ROWS[place.header](block) & ~layered(block)
    return Slot(there, read_place(block, place, there), place.most)


def _combined(sign: str, one: Slot, other: Slot) -> Slot:
    left, right = _wide(one.values), _wide(other.values)
    values = {"+": np.add, "-": np.subtract, "*": np.multiply, "&": np.bitwise_and}[sign](left, right)
    most = one.most * other.most if sign == "*" else one.most + other.most
    return Slot(one.there & other.there, values, most)


def _called(function: str, slots: Sequence[Slot], block: Block) -> Sequence[Slot]:
    if function == "abs":
        return [Slot(slot.there, np.abs(_wide(slot.values)), slot.most) for slot in slots]
    there = _any(block, (slot.there for slot in slots))
    if function == "count":
        total = np.sum([slot.there for slot in slots], axis=0) if slots else np.zeros(len(block), np.int64)
        return [Slot(there, total.astype(np.int64), len(slots))]
    missing = -LARGEST if function == "max" else LARGEST
    values = np.full(len(block), missing, np.int64)
    for slot in slots:
        chosen = np.where(slot.there, _wide(slot.values), missing)
        values = np.maximum(values, chosen) if function == "max" else np.minimum(values, chosen)
    return [Slot(there, values, LARGEST)]

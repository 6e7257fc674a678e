"""What fields said, packet by packet, kept in small: for each field a column of packet numbers and one of numbers of distinct values.

A filter tests each distinct value once, and then only indexes arrays: that is what makes the second filter instant.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissectors.filter_columns import Mask
from dissectors.filter_questions import Plain
from dissectors.filter_view import Found

__all__ = ["LONGEST_KEPT", "MOST_BYTES", "FieldTable"]

MOST_BYTES = 256 * 1024 * 1024
"""What a table may take. A million HTTP messages with twenty fields each take about that; beyond it nothing is kept any more."""

LONGEST_KEPT = 256
"""Bytes or characters of a value. Bodies are longer: they are looked at again when somebody asks."""

VALUE_BYTES, ENTRY_BYTES = 250, 8
"""What a distinct value costs beside its content, and one more occurrence of it; measured with tracemalloc."""


@dataclass(slots=True)
class _Column:
    packets: "array[int]" = field(default_factory=lambda: array("I"))
    codes: "array[int]" = field(default_factory=lambda: array("I"))
    numbers: dict[Any, int] = field(default_factory=dict)
    values: list[Found] = field(default_factory=list)
    heavy: bool = False
    """Whether values were too long to be kept: the column cannot answer."""


class FieldTable:
    """Values of fields by packet number. `full` says that it outgrew its bound and keeps nothing."""

    def __init__(self, limit: int = MOST_BYTES) -> None:
        self.full = False
        self.bytes = 0
        self._limit = limit
        self._columns: dict[str, _Column] = {}

    def add(self, packet: int, name: str, value: Any, text: str) -> None:
        """One value that a packet has."""
        column = self._columns.get(name)
        if column is None:
            column = self._columns[name] = _Column()
        if column.heavy:
            return
        key = (value, text, value.__class__)
        number = column.numbers.get(key)
        if number is None:
            size = len(value) if isinstance(value, str | bytes) else 0
            if size > LONGEST_KEPT:
                column.heavy = True
                self.bytes -= ENTRY_BYTES * len(column.packets)
                column.packets, column.codes, column.numbers, column.values = array("I"), array("I"), {}, []
                return
            number = column.numbers[key] = len(column.values)
            column.values.append(Found(value, text))
            self.bytes += VALUE_BYTES + size
        column.packets.append(packet)
        column.codes.append(number)
        self.bytes += ENTRY_BYTES
        if self.bytes > self._limit:
            self.full = True
            self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._columns.clear()
        self.bytes = 0

    def names(self) -> Iterator[str]:
        """The names of the fields that were seen."""
        yield from self._columns

    def forget(self, gone: Mask) -> None:
        """Forget what the packets marked in `gone` (by row) said: they are read again."""
        for column in self._columns.values():
            packets = np.frombuffer(column.packets, np.uintc).astype(np.int64)
            kept = ~gone[packets - 1] if len(packets) else np.zeros(0, np.bool_)
            codes = np.frombuffer(column.codes, np.uintc)[kept]
            self.bytes -= ENTRY_BYTES * int(len(packets) - len(codes))
            column.packets, column.codes = array("I", packets[kept].tolist()), array("I", codes.tolist())

    def knows(self, plain: Plain) -> bool:
        """Whether the values that a question asks about are all here."""
        return not self.full and not any(name in self._columns and self._columns[name].heavy for name in plain.names)

    def answer(self, plain: Plain, rows: int) -> Mask:
        """The answer for the first `rows` rows of the capture."""
        there, passing, failing = (np.zeros(rows, np.bool_) for _ in range(3))
        for name in plain.names:
            column = self._columns.get(name)
            if column is None or not column.values:
                continue
            packets = np.frombuffer(column.packets, np.uintc).astype(np.int64) - 1
            codes = np.frombuffer(column.codes, np.uintc)
            if plain.test is None:
                _mark(passing, packets)
                continue
            valued = np.array([found.value is not None for found in column.values], np.bool_)
            passes = np.array([found.value is not None and plain.test(found) for found in column.values], np.bool_)
            _mark(there, packets[valued[codes]])
            _mark(passing, packets[passes[codes]])
            _mark(failing, packets[(valued & ~passes)[codes]])
        if plain.mode == "any":
            return passing
        if plain.mode == "other":
            return failing
        return there & ~(failing if plain.mode == "all" else passing)


def _mark(mask: Mask, rows: NDArray[np.int64]) -> None:
    mask[rows[rows < len(mask)]] = True

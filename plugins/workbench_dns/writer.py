"""Bytes of a message in the making: numbers, names with compression (RFC 1035 4.1.4), and lengths that are known only later."""

from collections.abc import Sequence

from workbench_dns.names import Names

__all__ = ["NO_POINTER", "Writer"]

NO_POINTER = -1

_REACH = 0x4000
"""Offsets that a pointer can name."""

_LONGEST_LABEL = 63


class Writer:
    """Everything so far is in `data`. Names are found again where they are spelt alike, so that nobody's capital letters change."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._places: dict[tuple[bytes, ...], int] = {}

    def name(self, labels: Sequence[bytes], *, compress: bool = True) -> None:
        """A name, its end as a pointer where it was written before."""
        whole = tuple(labels)
        for number in range(len(whole) if compress else 0):
            pointer = self._places.get(whole[number:])
            if pointer is not None:
                self.spelt(whole[:number], whole[number:], pointer)
                return
        self.spelt(whole, ())

    def spelt(self, labels: Sequence[bytes], tail: Sequence[bytes], pointer: int = NO_POINTER) -> None:
        """Labels as they are, then `tail` as a pointer to `pointer`. One that does not lead to `tail` is replaced by one that does, or by
        labels."""
        labels, tail = tuple(labels), tuple(tail)
        if pointer != NO_POINTER and not self._leads(pointer, tail):
            pointer = self._places.get(tail, NO_POINTER)
            if pointer == NO_POINTER:
                labels, tail = (*labels, *tail), ()
        for number, label in enumerate(labels):
            if len(self.data) < _REACH:
                self._places.setdefault((*labels[number:], *tail), len(self.data))
            self.data += bytes((min(len(label), _LONGEST_LABEL),)) + label[:_LONGEST_LABEL]
        self.data += b"\0" if pointer == NO_POINTER else (0xC000 | pointer).to_bytes(2, "big")

    def _leads(self, pointer: int, tail: tuple[bytes, ...]) -> bool:
        if not 0 <= pointer < min(len(self.data), _REACH):
            return False
        if self._places.get(tail) == pointer:
            return True
        found = Names(bytes(self.data)).read(pointer, len(self.data))
        return not found.error and found.labels == tail

    def number(self, value: int, size: int) -> None:
        """A number, cut to its size."""
        self.data += (value & ((1 << 8 * size) - 1)).to_bytes(size, "big")

    def measure(self, at: int) -> None:
        """Write into the two bytes at an offset how many bytes follow them."""
        self.data[at : at + 2] = ((len(self.data) - at - 2) & 0xFFFF).to_bytes(2, "big")

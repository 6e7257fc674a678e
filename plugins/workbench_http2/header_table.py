"""The table that indexes of one direction's header blocks point into: the static part, and the dynamic one (RFC 7541 2.3)."""

from collections import deque

from workbench_http2.limits import DEFAULT_TABLE, MAX_TABLE
from workbench_http2.static_table import STATIC

__all__ = ["ENTRY_OVERHEAD", "HeaderTable"]

ENTRY_OVERHEAD = 32
"""What an entry counts beside its octets (RFC 7541 4.1)."""

_FIRST = len(STATIC)


class HeaderTable:
    """`doubtful` as soon as bytes of the direction were not seen: entries may then be missing, and indexes lead elsewhere."""

    __slots__ = ("capacity", "doubtful", "entries", "size")

    def __init__(self) -> None:
        self.entries: deque[tuple[bytes, bytes]] = deque()
        """Newest first."""
        self.size = 0
        self.capacity = DEFAULT_TABLE
        self.doubtful = False

    def find(self, index: int) -> tuple[bytes, bytes] | None:
        """(name, value) at an index from 1 on; None where nothing is."""
        if index < _FIRST:
            return STATIC[index] if index else None
        place = index - _FIRST
        return self.entries[place] if place < len(self.entries) else None

    def add(self, name: bytes, value: bytes) -> None:
        """A new first entry; the oldest go as far as they must (RFC 7541 4.4)."""
        self.entries.appendleft((name, value))
        self.size += ENTRY_OVERHEAD + len(name) + len(value)
        self._evict()

    def resize(self, capacity: int) -> None:
        """A dynamic table size update (RFC 7541 4.3)."""
        if capacity > MAX_TABLE:
            self.doubtful = True
        self.capacity = min(capacity, MAX_TABLE)
        self._evict()

    def forget(self) -> None:
        """Entries may have been added unseen: what is known is at places nobody knows."""
        self.entries.clear()
        self.size = 0
        self.doubtful = True

    def _evict(self) -> None:
        while self.size > self.capacity:
            name, value = self.entries.pop()
            self.size -= ENTRY_OVERHEAD + len(name) + len(value)

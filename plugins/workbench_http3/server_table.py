"""The dynamic table of QPACK as the decoder keeps it (RFC 9204 3.2): entries by absolute index, the oldest leave when room is needed."""

from collections import deque

__all__ = ["OVERHEAD", "DynamicTable", "TableError"]

OVERHEAD = 32
"""Bytes that an entry counts beyond its name and value (RFC 9204 3.2.1)."""

Field = tuple[bytes, bytes]


class TableError(Exception):
    """There is no such entry, or no room for it; the text says which."""


class DynamicTable:
    """`limit` is the largest capacity that the other side may set; until it does, there is none. `inserted` counts all entries ever."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.capacity = 0
        self.size = 0
        self.inserted = 0
        self._entries: deque[Field] = deque()

    def resize(self, capacity: int) -> None:
        """Set the capacity; entries that no longer fit leave (RFC 9204 3.2.3). Raises `TableError` beyond the limit."""
        if capacity > self.limit:
            raise TableError(f"a table of {capacity} bytes where {self.limit} are the limit (RFC 9204 3.2.3)")
        self.capacity = capacity
        self._make_room(0)

    def insert(self, name: bytes, value: bytes) -> None:
        """Add an entry; raises `TableError` for one that is larger than the table (RFC 9204 3.2.2)."""
        size = len(name) + len(value) + OVERHEAD
        if size > self.capacity:
            raise TableError(f"an entry of {size} bytes where the table has {self.capacity} (RFC 9204 3.2.2)")
        self._make_room(size)
        self._entries.append((name, value))
        self.size += size
        self.inserted += 1

    def entry(self, index: int) -> Field:
        """The entry with that absolute index (RFC 9204 3.2.4); raises `TableError` where it is gone or not yet there."""
        place = index - (self.inserted - len(self._entries))
        if not 0 <= place < len(self._entries):
            raise TableError(f"there is no entry {index} (RFC 9204 2.2.3)")
        return self._entries[place]

    def _make_room(self, size: int) -> None:
        while self.size + size > self.capacity:
            name, value = self._entries.popleft()
            self.size -= len(name) + len(value) + OVERHEAD

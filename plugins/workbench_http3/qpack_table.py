"""The dynamic table of one direction (RFC 9204 3.2): what its encoder inserted, by absolute index."""

from workbench_http3.limits import MAX_TABLE

__all__ = ["ENTRY_OVERHEAD", "DynamicTable"]

ENTRY_OVERHEAD = 32
"""What an entry counts beside its octets (RFC 9204 3.2.1)."""


class DynamicTable:
    """`inserted` entries came so far, those from `dropped` on are still here. `maximum` is what the decoder allows, None before its
    settings are known; `capacity` is what the encoder uses of it.

    `doubtful` as soon as bytes of the encoder stream were not seen: which entry has which index is then nobody's knowledge.
    """

    __slots__ = ("_entries", "capacity", "doubtful", "dropped", "inserted", "maximum", "size")

    def __init__(self) -> None:
        self._entries: dict[int, tuple[bytes, bytes]] = {}
        self.inserted = 0
        self.dropped = 0
        self.size = 0
        self.capacity = 0
        self.maximum: int | None = None
        self.doubtful = False

    def find(self, absolute: int) -> tuple[bytes, bytes] | None:
        """(name, value) of an entry; None where there is none, any more or yet."""
        return self._entries.get(absolute)

    def add(self, name: bytes, value: bytes) -> bool:
        """A new entry; the oldest go as far as they must (RFC 9204 3.2.2). False where even an empty table has no room for it."""
        size = ENTRY_OVERHEAD + len(name) + len(value)
        if size > self.capacity:
            return False
        self._shrink(self.capacity - size)
        self._entries[self.inserted] = name, value
        self.inserted += 1
        self.size += size
        return True

    def resize(self, capacity: int) -> bool:
        """Set Dynamic Table Capacity (RFC 9204 4.3.1). False where the decoder does not allow that much."""
        if self.maximum is not None and capacity > self.maximum:
            return False
        self.capacity = min(capacity, MAX_TABLE)
        self._shrink(self.capacity)
        if capacity > MAX_TABLE:
            self.forget()
        return True

    def forget(self) -> None:
        """Entries may have been added unseen: what is known is at places nobody knows."""
        self._entries.clear()
        self.dropped = self.inserted
        self.size = 0
        self.doubtful = True

    def _shrink(self, size: int) -> None:
        while self.size > size:
            name, value = self._entries.pop(self.dropped)
            self.dropped += 1
            self.size -= ENTRY_OVERHEAD + len(name) + len(value)

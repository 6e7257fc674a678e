"""What is still to be fed to a flow: a queue that costs next to nothing while it is empty, as that of nearly every flow is."""

from collections.abc import Iterable
from typing import Generic, TypeVar

__all__ = ["Feed"]

_Item = TypeVar("_Item")


class Feed(list[_Item], Generic[_Item]):
    """First in, first out. True while there is something; a deque would be the same with 700 bytes more."""

    __slots__ = ("_given",)

    def __init__(self) -> None:
        super().__init__()
        self._given = 0
        """How many items in front are no more in the queue. They leave the list when all do."""

    def next(self) -> _Item:
        """Take the first item. Raises `IndexError` where there is none."""
        item = self[self._given]
        self._given += 1
        if self._given == len(self):
            self.clear()
            self._given = 0
        return item

    def put_first(self, items: Iterable[_Item]) -> None:
        """Put items before all others."""
        self[: self._given] = items
        self._given = 0

    def take_all(self) -> list[_Item]:
        """What is left, which then is not in the queue any more."""
        rest = self[self._given :]
        self.clear()
        self._given = 0
        return rest

"""What clients of a reference server put into it: contents by name, within a bound for all of them together."""

__all__ = ["Store"]


class Store:
    """Contents with their media types. `most` bytes are kept, names not counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._contents: dict[str, tuple[bytes, str]] = {}
        self._size = 0

    def get(self, name: str) -> tuple[bytes, str] | None:
        """The content and its media type; None where nothing has this name."""
        return self._contents.get(name)

    def put(self, name: str, body: bytes, kind: str) -> bool:
        """Keep a content, instead of what had the name before; False, and everything as it was, where there is no room."""
        grown = self._size + len(body) - self._length(name)
        if grown > self._most:
            return False
        self._size = grown
        self._contents[name] = (body, kind)
        return True

    def delete(self, name: str) -> None:
        """Keep it no longer. Raises KeyError where nothing has this name."""
        self._size -= self._length(name)
        del self._contents[name]

    def _length(self, name: str) -> int:
        return len(self._contents[name][0]) if name in self._contents else 0

"""Streams opened in the order of their numbers: whoever opens one opens all lower ones of its kind (RFC 9000 2.1, 3.2).

A relay hears of them in the order in which packets bring them; opened in that order, the lower ones would seem to be over already.
"""

from workbench.api import FrameReader, StreamData, StreamReset

__all__ = ["StreamOrder"]


class StreamOrder:
    """Frames of one side that pass on to the next connection. `server`: they are the server's."""

    def __init__(self, *, server: bool) -> None:
        initiator = (
            1 if server else 0
        )  # the lowest bit of its streams' numbers, the next one says that they have one direction (2.1)
        self._next = {initiator: initiator, initiator | 2: initiator | 2}
        self._reader = FrameReader()

    def arrange(self, frames: bytes) -> bytes:
        """The same frames, with nothing said on lower streams before a stream of this side is first mentioned."""
        found = []
        for frame in self._reader.receive(frames):
            if isinstance(frame, StreamData | StreamReset):
                found += self._before(frame.stream)
            found.append(bytes(frame))
        return b"".join(found)

    def _before(self, stream: int) -> list[bytes]:
        kind = stream & 3
        following = self._next.get(kind)
        if following is None or stream < following:
            return []
        self._next[kind] = stream + 4
        return [bytes(StreamData(lower)) for lower in range(following, stream, 4)]

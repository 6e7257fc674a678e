"""Patterns that are legal frame by frame and meant to exhaust a peer. Each has a named threshold; none needs a clock.

A remark is made when the threshold is reached and again at every doubling, so that a flood does not flood the notes.
"""

from collections.abc import Iterator, Mapping

from workbench.api import Direction
from workbench_quic.frame_items import Crypto, Item
from workbench_quic.frame_types import Type

__all__ = ["ID_FLOOD", "PATH_FLOOD", "PING_FLOOD", "RESET_FLOOD", "TINY", "TINY_CRYPTO", "Watch"]

ID_FLOOD = 64
"""Connection IDs given out without a stream moving between them: peers keep 2 to 8, and each one retired has to be confirmed."""

PATH_FLOOD = 32
"""Path challenges without a stream moving between them: a migration takes a handful, and each asks for an answer of the same size."""

RESET_FLOOD = 128
"""Streams given up before the peer said anything on any stream: a closed browser tab resets a dozen, the attack thousands."""

PING_FLOOD = 256
"""PING frames without a stream moving between them: a probe of the path MTU takes twenty."""

TINY_CRYPTO = 64
"""CRYPTO frames of at most `TINY` bytes in one direction: who cuts a hello into so many wants somebody to keep holes."""

TINY = 8
"""Bytes of such a frame; its header takes as many."""

_FLOODS: Mapping[int, tuple[int, str, str]] = {
    Type.NEW_CONNECTION_ID: (ID_FLOOD, "connection IDs given out", "CVE-2024-22189"),
    Type.RETIRE_CONNECTION_ID: (ID_FLOOD, "connection IDs retired", "RFC 9000 5.1.2"),
    Type.PATH_CHALLENGE: (PATH_FLOOD, "path challenges", "CVE-2023-49295"),
    Type.PING: (PING_FLOOD, "PING frames", "RFC 9000 21.9"),
}
_RESETS = frozenset((Type.RESET_STREAM, Type.RESET_STREAM_AT, Type.STOP_SENDING))

Remark = tuple[str, str]
"""What is conspicuous, and where one can read about it."""


def _due(count: int, threshold: int) -> bool:
    """At the threshold and at each doubling of it."""
    times, rest = divmod(count, threshold)
    return not rest and times > 0 and times & (times - 1) == 0


class Watch:
    """Counts of both sides since somebody made progress."""

    def __init__(self) -> None:
        self._control: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self._resets = [0, 0]
        self._tiny = [0, 0]

    def stream(self, role: Direction) -> None:
        """Data came on a stream: what was counted for connections without progress begins anew."""
        for counts in self._control:
            if counts:
                counts.clear()
        self._resets[1 - role] = 0

    def see(self, role: Direction, item: Item) -> Iterator[Remark]:
        """Any other frame came."""
        kind = item.kind
        flood = _FLOODS.get(kind)
        if flood is not None:
            threshold, what, section = flood
            counts = self._control[role]
            counts[kind] = count = counts.get(kind, 0) + 1
            if _due(count, threshold):
                yield f"{count} {what}, and no stream data between them", section
        elif kind in _RESETS:
            self._resets[role] += 1
            count = self._resets[role]
            if _due(count, RESET_FLOOD):
                yield f"rapid reset: {count} streams given up before the peer said anything on one", "CVE-2023-44487"
        elif isinstance(item, Crypto) and len(item.data) <= TINY:
            self._tiny[role] += 1
            count = self._tiny[role]
            if _due(count, TINY_CRYPTO):
                yield f"{count} CRYPTO frames of at most {TINY} bytes", "RFC 9000 21.6"

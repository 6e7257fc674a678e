"""`tcp.seq` and `tcp.ack` as people read them: counted from where their direction of the stream began, as far as the capture shows it."""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captures.index import PacketIndex

__all__ = ["Sequences", "sequences"]

_SYN, _ACK, _TCP = 0x02, 0x10, 6
_MODULUS = 1 << 32
_UNKNOWN = -1

_known: "WeakKeyDictionary[PacketIndex, Sequences]" = WeakKeyDictionary()


class Sequences:
    """The number before the first byte of each direction of each stream, found as the index grows.

    It is that of the SYN, else one less than the first number that was seen, or acknowledged by the other side: as Wireshark counts.
    """

    def __init__(self, index: "PacketIndex") -> None:
        import numpy as np

        self._index = index
        self._rows = 0
        self._bases = np.zeros(0, np.int64)

    def columns(self, rows: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        """Relative sequence and acknowledgement numbers of these rows; those without TCP hold nothing of use."""
        import numpy as np

        self._grow()
        index = self._index
        stream, direction = index.stream[rows].astype(np.int64), index.direction[rows].astype(np.int64)
        tcp = (index.ip_protocol[rows] == _TCP) & (stream >= 0)
        own = np.where(tcp, 2 * stream + direction, 0)
        if not len(self._bases):
            return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        seq = (index.seq[rows].astype(np.int64) - self._bases[own]) % _MODULUS
        ack = index.ack[rows].astype(np.int64)
        acknowledges = (index.tcp_flags[rows] & _ACK) != 0
        return seq, np.where(acknowledges, (ack - self._bases[own ^ 1]) % _MODULUS, ack)

    def _grow(self) -> None:
        import numpy as np

        index, count = self._index, len(self._index)
        if count == self._rows:
            return
        missing = 2 * index.stream_count("tcp") - len(self._bases)
        self._bases = np.concatenate([self._bases, np.full(missing, _UNKNOWN, np.int64)])
        rows = self._rows + np.flatnonzero(
            (index.ip_protocol[self._rows : count] == _TCP) & (index.stream[self._rows : count] >= 0)
        )
        self._rows = count
        flags, key = index.tcp_flags[rows], 2 * index.stream[rows].astype(np.int64) + index.direction[rows]
        seq, ack = index.seq[rows].astype(np.int64), index.ack[rows].astype(np.int64)
        acknowledging = np.flatnonzero((flags & _ACK) != 0)
        keys = np.concatenate([key, key[acknowledging] ^ 1])
        values = np.concatenate([seq - ((flags & _SYN) == 0), ack[acknowledging] - 1]) % _MODULUS
        # a packet tells its own direction before it tells the other one; the first to tell wins
        order = np.argsort(np.concatenate([2 * np.arange(len(rows)), 2 * acknowledging + 1]))[::-1]
        keys, values = keys[order], values[order]
        told = np.full(len(self._bases), _UNKNOWN, np.int64)
        told[keys] = values  # of several values for one place the last stays, which is the earliest here
        self._bases = np.where(self._bases == _UNKNOWN, told, self._bases)


def sequences(index: "PacketIndex") -> Sequences:
    """Those of an index, computed once."""
    found = _known.get(index)
    if found is None:
        found = _known[index] = Sequences(index)
    return found

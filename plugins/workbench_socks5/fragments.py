"""Datagrams that were sent in pieces, put together (RFC 1928 section 7)."""

from dataclasses import dataclass, field

__all__ = ["LAST", "REASSEMBLY_NS", "Reassembly"]

LAST = 0x80
"""High bit of FRAG: the last fragment of its sequence."""
REASSEMBLY_NS = 5_000_000_000
"""RFC 1928 section 7: the reassembly timer must be no less than five seconds."""
MAX_WHOLE = 65_507
"""Bytes of a whole datagram: what UDP over IPv4 can carry, so nothing longer could be sent on."""


@dataclass(slots=True)
class Reassembly:
    """The reassembly queue of one direction and destination. Times are nanoseconds of any clock that only goes forward."""

    _pieces: list[bytes] = field(default_factory=list)
    _size: int = 0
    _began_ns: int = 0

    def add(self, fragment: int, data: bytes, now_ns: int) -> bytes | None:
        """A fragment with its FRAG byte (not 0); gives the whole datagram with the last piece.

        The queue starts again when its timer ran out or a fragment comes that is not beyond the highest one (section 7); a fragment that
        does not follow its predecessor can never become whole, so the sequence is dropped as far as it is known.
        """
        number = fragment & ~LAST
        if self._pieces and (now_ns - self._began_ns > REASSEMBLY_NS or number <= len(self._pieces)):
            self.drop()
        if number != len(self._pieces) + 1 or self._size + len(data) > MAX_WHOLE:
            self.drop()
            return None
        if not self._pieces:
            self._began_ns = now_ns
        self._pieces.append(data)
        self._size += len(data)
        if not fragment & LAST:
            return None
        whole = b"".join(self._pieces)
        self.drop()
        return whole

    def expired(self, now_ns: int) -> bool:
        """Whether the timer of an unfinished sequence ran out."""
        return bool(self._pieces) and now_ns - self._began_ns > REASSEMBLY_NS

    def drop(self) -> None:
        """Abandon what was collected."""
        self._pieces.clear()
        self._size = 0

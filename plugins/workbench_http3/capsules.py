"""Capsules: what DATA frames of some extended CONNECTs carry instead of content (RFC 9297 3.2)."""

from dataclasses import dataclass

from workbench.api import Field, read_varint
from workbench_http3.limits import MAX_CAPSULE
from workbench_http3.names import Capsule, capsule_name

__all__ = ["CapsuleReader", "FoundCapsule", "capsule_fields", "speaks_capsules"]

_PROTOCOLS = (b"connect-udp", b"connect-ip", b"connect-ethernet", b"webtransport", b"webtransport-h3")
"""Values of :protocol whose data streams are capsules."""


@dataclass(frozen=True, slots=True)
class FoundCapsule:
    """A capsule: all its bytes, and where in them the value begins; `cut` where it is longer than is kept."""

    raw: bytes
    type: int
    type_end: int
    length: int
    value_at: int
    cut: bool = False


class CapsuleReader:
    """Cuts the content of DATA frames into capsules."""

    __slots__ = ("_data", "_needed", "_skip", "dead")

    def __init__(self) -> None:
        self._data = bytearray()
        self._needed = 1
        self._skip = 0
        self.dead = False
        """Bytes were lost: nobody knows where a capsule begins."""

    @property
    def waiting(self) -> int:
        """Bytes of a capsule that is not yet complete."""
        return len(self._data)

    def receive(self, data: bytes) -> list[FoundCapsule]:
        """The capsules that are complete with these bytes."""
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._data += data[skipped:]
        found: list[FoundCapsule] = []
        while not self.dead and len(self._data) >= self._needed:
            capsule = self._next()
            if capsule is None:
                break
            found.append(capsule)
        return found

    def lose(self) -> None:
        """Bytes were lost."""
        self.dead = True
        self._data.clear()

    def _next(self) -> FoundCapsule | None:
        head = bytes(self._data[:16])
        kind = read_varint(head)
        length = read_varint(head, kind[1]) if kind is not None else None
        if kind is None or length is None:
            return None
        total = length[1] + length[0]
        keep = min(total, MAX_CAPSULE)
        if keep > len(self._data):
            self._needed = keep
            return None
        raw = bytes(self._data[:keep])
        skipped = min(total, len(self._data))
        del self._data[:skipped]
        self._skip = total - skipped
        self._needed = 1
        return FoundCapsule(raw, kind[0], kind[1], length[0], length[1], cut=keep < total)


def speaks_capsules(protocol: bytes, lines: tuple[tuple[bytes, bytes], ...]) -> bool:
    """Whether the data stream of an extended CONNECT consists of capsules (RFC 9297 3.4)."""
    said = any(name == b"capsule-protocol" and value.strip().startswith(b"?1") for name, value in lines)
    return said or protocol.lower() in _PROTOCOLS


def capsule_fields(found: FoundCapsule, at: int, view: int) -> Field:
    """A capsule that lies at an offset of a view."""
    value = at + found.value_at
    end = at + len(found.raw)
    parts = [
        Field("Type", at, at + found.type_end, found.type, (), "http3.capsule.type", capsule_name(found.type), view=view),
        Field("Length", at + found.type_end, value, found.length, abbrev="http3.capsule.length", view=view),
        Field("Value", value, end, found.raw[found.value_at :], abbrev="http3.capsule.value", view=view),
    ]
    if found.type == Capsule.CLOSE_WEBTRANSPORT_SESSION and found.length >= 4 and not found.cut:
        code = int.from_bytes(found.raw[found.value_at : found.value_at + 4], "big")
        reason = found.raw[found.value_at + 4 :].decode("utf-8", "replace")
        parts += [
            Field("Error code", value, value + 4, code, abbrev="http3.webtransport.error", view=view),
            Field("Reason", value + 4, end, reason, abbrev="http3.webtransport.reason", view=view),
        ]
    return Field("Capsule", at, end, None, tuple(parts), "http3.capsule", text=capsule_name(found.type), view=view)

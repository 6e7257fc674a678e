"""A client's first packets in the clear, for whoever wants to say something else in them: opened with the keys that everybody can make from
the connection ID (RFC 9001 5.2), and sealed with the same ones again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from workbench.api import Mutated, varint
from workbench_quic.headers import read_long
from workbench_quic.protection import TAG, Protection, initial_protection
from workbench_quic.versions import Kind, Version, version_of

__all__ = ["SMALLEST", "Edit", "InitialText", "editing"]

SMALLEST = 1200
"""Bytes of a datagram with a client's Initial packet, at least (RFC 9000 14.1)."""
_SAMPLED = 4
"""Bytes of packet number and payload without which nothing can be sealed (RFC 9001 5.4.2)."""
_LENGTH_SIZE = 4
_LARGEST = 65_000
"""Bytes of a datagram, nearly: more cannot be sent."""
_CONNECTIONS = 64
"""Connections whose keys are kept."""


@dataclass(frozen=True, slots=True)
class InitialText:
    """An Initial packet of a client. `frames` are without the PADDING at their end, `behind` is what else its datagram holds."""

    version: int
    dcid: bytes
    scid: bytes
    token: bytes
    number: int
    frames: bytes
    behind: bytes = b""
    size: int = SMALLEST
    """Bytes of the datagram, at least."""

    @staticmethod
    def of(datagram: bytes) -> "InitialText | None":
        """What a datagram begins with; None where that is no Initial packet that can be opened."""
        header = read_long(datagram)
        if (
            header is None
            or header.version is None
            or header.kind is not Kind.INITIAL
            or not header.whole
            or not header.number_at
        ):
            return None
        client = _keys(header.version, header.dcid)
        packet = datagram[: header.end]
        found = client.unmask(packet, 0, header.number_at)
        if found is None:
            return None
        payload = client.open(memoryview(packet), 0, header.number_at, len(packet), found, found.truncated)
        if payload is None:
            return None
        frames, behind = payload.rstrip(b"\0"), datagram[header.end :]
        return InitialText(
            header.number, header.dcid, header.scid, header.token, found.truncated, frames, behind, len(datagram) - len(behind)
        )

    def __bytes__(self) -> bytes:
        return self.sealed() + self.behind

    def sealed(self, *, first: int = 0, length: int | None = None, token_length: int | None = None) -> bytes:
        """The packet. `first` are bits of the first byte to be turned over; lengths are right, or these."""
        version = version_of(self.version)
        if version is None or len(self.dcid) > 255 or len(self.scid) > 255:
            raise ValueError(f"no keys are known for version {self.version:#x}")
        flags = 0xC3 | version.type_of(Kind.INITIAL) << 4
        head = bytes((flags ^ first & 0xFC,)) + self.version.to_bytes(4, "big") + bytes((len(self.dcid),)) + self.dcid
        head += bytes((len(self.scid),)) + self.scid
        head += varint(len(self.token) if token_length is None else token_length) + self.token
        room = self.size - len(head) - _LENGTH_SIZE - 4 - TAG
        payload = self.frames[:_LARGEST].ljust(max(room, _SAMPLED), b"\0")
        size = 4 + len(payload) + TAG if length is None else length
        head += (size & 0x3FFF_FFFF | 0x8000_0000).to_bytes(_LENGTH_SIZE, "big")
        number = self.number & 0xFFFF_FFFF
        return _keys(version, self.dcid).seal(head + number.to_bytes(4, "big"), number, payload)

    def saying(self, frames: bytes) -> "InitialText":
        """With other frames."""
        return replace(self, frames=frames)


@lru_cache(_CONNECTIONS)
def _keys(version: Version, dcid: bytes) -> Protection:
    return initial_protection(version, dcid)[0]


Edit = Callable[[InitialText, Random], tuple[InitialText | bytes, str]]
"""A packet that says something else, and what."""


def editing(edit: Edit, *, more: float = 0.3) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that edits one Initial packet of a session, or now and then says the edited one behind it."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        places = list(range(len(messages)))
        random.shuffle(places)
        for at in places:
            packet = InitialText.of(messages[at])
            if packet is None:
                continue
            if random.random() < more and packet.number < 1_000:
                edited, what = edit(replace(packet, number=packet.number + len(messages)), random)
                return Mutated.added(messages, at + 1, [bytes(edited)], what)
            edited, what = edit(packet, random)
            return Mutated.put(messages, at, bytes(edited), what)
        return None

    return change

"""A ClientHello as its parts, for whoever wants to write it differently; nothing here asks whether it is right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from workbench.api import Mutated

__all__ = ["Edit", "HelloText", "editing", "handshake", "record", "sized"]

CLIENT_HELLO, HANDSHAKE = 1, 22
_RECORD, _MESSAGE = 5, 4
_OPENING = 34
"""Version and random (RFC 8446 4.1.2)."""

Extension = tuple[int, bytes]


def sized(data: bytes, width: int) -> bytes:
    """Bytes behind their number; what does not fit into so many bytes of number is left out."""
    data = data[: (1 << 8 * width) - 1]
    return len(data).to_bytes(width, "big") + data


def record(payload: bytes, kind: int = HANDSHAKE, version: int = 0x0301, length: int | None = None) -> bytes:
    """A record (RFC 8446 5.1), its length right or not."""
    size = len(payload) if length is None else length
    return bytes((kind,)) + version.to_bytes(2, "big") + (size & 0xFFFF).to_bytes(2, "big") + payload


def handshake(kind: int, body: bytes, length: int | None = None) -> bytes:
    """A handshake message (RFC 8446 4), its length right or not."""
    size = len(body) if length is None else length
    return bytes((kind,)) + (size & 0xFF_FFFF).to_bytes(3, "big") + body


@dataclass(frozen=True, slots=True)
class HelloText:
    """The parts of a ClientHello (RFC 8446 4.1.2). `extensions` is None where the message ends before them; `recorded` says whether it was
    in a record, with this `version`."""

    opening: bytes
    session: bytes
    suites: bytes
    compression: bytes
    extensions: tuple[Extension, ...] | None
    recorded: bool
    version: int = 0x0301

    @staticmethod
    def of(raw: bytes) -> "HelloText | None":
        """The hello that a message is: one record with it alone, or the handshake message by itself. None for anything else."""
        recorded = raw[:1] == bytes((HANDSHAKE,)) and int.from_bytes(raw[3:5], "big") == len(raw) - _RECORD
        message = raw[_RECORD:] if recorded else raw
        if message[:1] != bytes((CLIENT_HELLO,)) or int.from_bytes(message[1:4], "big") != len(message) - _MESSAGE:
            return None
        reader = _Reader(message[_MESSAGE:])
        opening, session, suites, compression = reader.take(_OPENING), reader.sized(1), reader.sized(2), reader.sized(1)
        extensions: list[Extension] | None = None
        if not reader.broken and reader.rest:
            inner = _Reader(reader.sized(2))
            extensions = []
            while inner.rest and not inner.broken:
                extensions.append((int.from_bytes(inner.take(2), "big"), inner.sized(2)))
            reader.broken |= inner.broken
        if reader.broken or reader.rest:
            return None
        version = int.from_bytes(raw[1:3], "big") if recorded else 0x0301
        return HelloText(
            opening, session, suites, compression, None if extensions is None else tuple(extensions), recorded, version
        )

    @property
    def body(self) -> bytes:
        """What the handshake message holds."""
        said = self.opening + sized(self.session, 1) + sized(self.suites, 2) + sized(self.compression, 1)
        if self.extensions is None:
            return said
        return said + sized(b"".join(kind.to_bytes(2, "big") + sized(data, 2) for kind, data in self.extensions), 2)

    def wrapped(self, message: bytes) -> bytes:
        """Any handshake messages the way this one came."""
        return record(message[:0xFFFF], version=self.version) if self.recorded else message

    def __bytes__(self) -> bytes:
        return self.wrapped(handshake(CLIENT_HELLO, self.body))

    def having(self, kind: int, data: bytes) -> "HelloText":
        """With other data in an extension, which is added where there is none."""
        known = self.extensions or ()
        if all(each != kind for each, _ in known):
            return replace(self, extensions=(*known, (kind, data)))
        return replace(self, extensions=tuple((each, data if each == kind else old) for each, old in known))


class _Reader:
    def __init__(self, rest: bytes) -> None:
        self.rest = rest
        self.broken = False

    def take(self, size: int) -> bytes:
        self.broken |= size > len(self.rest)
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def sized(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))


Edit = Callable[[HelloText, Random], tuple[HelloText | bytes, str]]
"""A hello written differently, and what was done."""


def editing(edit: Edit) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that edits the first hello of a session."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        for at, raw in enumerate(messages):
            hello = HelloText.of(raw)
            if hello is not None:
                edited, what = edit(hello, random)
                return Mutated.put(messages, at, bytes(edited), what)
        return None

    return change

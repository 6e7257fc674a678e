"""Packets of QUIC as rules and measures see them, made from frames."""

from workbench.api import Direction, varint
from workbench_quic.frames import read_frames
from workbench_quic.levels import Level
from workbench_quic.observed import Observed

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT


def frame(kind: int, *parts: int | bytes) -> bytes:
    """A frame of numbers and bytes; bytes go in as they are."""
    return varint(kind) + b"".join(part if isinstance(part, bytes) else varint(part) for part in parts)


def stream(number: int, offset: int, data: bytes, fin: bool = False) -> bytes:
    """STREAM with an offset and a length."""
    return frame(0x0E | fin, number, offset, len(data), data)


class Talk:
    """Numbers the packets of both sides; `time_ns` may be moved on."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[Direction, bool, Level], int] = {}
        self.time_ns = 0

    def packet(
        self,
        role: Direction,
        payload: bytes,
        level: Level = Level.ONE_RTT,
        *,
        number: int | None = None,
        datagram: int = 1200,
        dcid: bytes = b"",
        spin: bool | None = None,
    ) -> Observed:
        """The next packet of a side, or the one with that number."""
        space = role, level is Level.EARLY, level
        if number is None:
            number = self.numbers.get(space, -1) + 1
        self.numbers[space] = max(number, self.numbers.get(space, -1))
        items = read_frames(payload, level).items
        size = len(payload) + 20
        return Observed(role, level, number, items, self.time_ns, size, max(size, datagram), 4, dcid, spin)

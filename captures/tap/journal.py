"""What a tap writes down: packets as if it had seen them, the secrets inside of what it made itself, and names of addresses.

One `TapFile` for the tap, one `TcpJournal` for each conversation in it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from captures.recording import FLUSH_NS, MAX_WAITING, Recording
from captures.synthesis import TcpConversation, udp_frame
from workbench.api import Direction, Endpoint

__all__ = ["TapFile", "TcpJournal"]

MOST_NAMES = 10_000
"""Names written to one file: a browser's afternoon asks for some thousands."""


class TapFile:
    """The recording of a tap. `frames` and `carried` (payload bytes by direction) count what was written."""

    def __init__(self, path: str | Path, name: str, *, filter_text: str = "", clock: Callable[[], int]) -> None:
        self._recording = Recording(path, name, filter_text=filter_text)
        self._clock = clock
        self._named: set[tuple[str, str]] = set()
        self._flushed = clock()
        self._conversations = 0
        self.frames = 0
        self.carried = [0, 0]

    def conversation(self, client: Endpoint, server: Endpoint) -> "TcpJournal":
        """A new TCP conversation; nothing is written yet."""
        self._conversations += 1
        return TcpJournal(self, client, server, self._conversations)

    def packets(self, frames: Sequence[bytes]) -> None:
        """Write frames that were seen now."""
        now = self._clock()
        for frame in frames:
            self._recording.writer.packet(now, frame)
        self.frames += len(frames)

    def datagram(self, client: Endpoint, server: Endpoint, direction: Direction, data: bytes) -> None:
        """Write a datagram that passed now between these two."""
        ends = (client, server) if direction is Direction.TO_SERVER else (server, client)
        self.packets([udp_frame(*ends, data, to_server=direction is Direction.TO_SERVER)])
        self.carried[direction] += len(data)

    def secrets(self, key_log: bytes) -> None:
        """Write lines of a key log; what they open is to be written after them."""
        self._recording.writer.secrets(key_log)

    def name(self, host: str, address: str) -> None:
        """Write what an address was called, once."""
        if (host, address) not in self._named and len(self._named) < MOST_NAMES:
            self._named.add((host, address))
            self._recording.writer.names({address: host})

    @property
    def waiting(self) -> int:
        """Bytes that the next flush will write."""
        return self._recording.waiting

    def due(self) -> bool:
        """Whether somebody who follows the file has waited long enough."""
        return self._clock() - self._flushed >= FLUSH_NS or self.waiting >= MAX_WAITING

    def flush(self) -> None:
        """Make it visible. Raises CaptureError when the disk is full."""
        self._recording.flush()
        self._flushed = self._clock()

    def close(self) -> None:
        """Flush and close; harmless when repeated."""
        self._recording.close()


class TcpJournal:
    """One TCP conversation between a client and its target, step by step as it happens."""

    def __init__(self, file: TapFile, client: Endpoint, server: Endpoint, number: int) -> None:
        self._file = file
        # different initial numbers tell conversations between equal ports apart
        self._conversation = TcpConversation(client, server, initial=(number * 64_000, number * 64_000 + (1 << 31)))

    def asked(self) -> None:
        """The client wants to connect."""
        self._file.packets(self._conversation.syn())

    def accepted(self) -> None:
        """The target agrees."""
        self._file.packets(self._conversation.accept())

    def sent(self, direction: Direction, data: bytes) -> None:
        """Bytes passed."""
        self._file.packets(self._conversation.send(direction, data))
        self._file.carried[direction] += len(data)

    def ended(self, direction: Direction) -> None:
        """One side sends no more."""
        self._file.packets(self._conversation.close(direction))

    def reset(self, direction: Direction) -> None:
        """The side that sends in `direction` is gone without a goodbye."""
        self._file.packets(self._conversation.reset(direction))

"""A stream of packets whose format its first bytes tell: pcap or pcapng."""

import time
from collections.abc import Callable, Mapping

from captures.sources.model import Batch, Describe, Losses
from captures.sources.pcap_stream import MAGICS, PcapStream
from captures.sources.pcapng_stream import MAGIC, PcapngStream
from workbench.api import CaptureError

__all__ = ["PacketStream"]


class PacketStream:
    """Takes the bytes of a stream in any pieces and gives its packets. `began` tells whether its header has come."""

    def __init__(self, name: str, describe: Describe, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._name, self._describe, self._clock = name, describe, clock
        self._head = b""
        self._stream: PcapStream | PcapngStream | None = None

    @property
    def began(self) -> bool:
        """Whether an interface was described."""
        return bool(self.losses())

    @property
    def pending(self) -> int:
        """Bytes that wait for the rest of their record."""
        return self._stream.pending if self._stream else len(self._head)

    def losses(self) -> Mapping[int, Losses]:
        """What the stream says about losses, by interface."""
        return self._stream.losses() if self._stream else {}

    def feed(self, data: bytes) -> Batch:
        """The packets that are complete now. Raises CaptureError for what is no stream of packets, and for a damaged one."""
        if self._stream is None:
            self._head += data
            if len(self._head) < len(MAGIC):
                return Batch([], 0)
            data, self._head = self._head, b""
            self._stream = self._opened(data[:4])
        return self._stream.feed(data)

    def _opened(self, magic: bytes) -> PcapStream | PcapngStream:
        if magic == MAGIC:
            return PcapngStream(self._name, self._describe, clock=self._clock)
        if magic in MAGICS:
            return PcapStream(self._name, self._describe)
        text = f"it begins with {magic.hex(' ')}, which is neither pcap nor pcapng"
        raise CaptureError(text, place=self._name, remedy="Send what tcpdump -w - or dumpcap -w - write")

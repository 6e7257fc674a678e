"""What is in a capture, from its index and its metadata; nothing is dissected."""

from dataclasses import dataclass

from captures import marks
from captures.capture import Capture

__all__ = ["InterfaceFacts", "Overview", "overview"]


@dataclass(frozen=True, slots=True)
class InterfaceFacts:
    """One interface as the file describes it; counts are -1 where the file does not say."""

    name: str
    description: str
    link_type: int
    snaplen: int
    filter: str
    packets: int
    received: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The capture in numbers. `bytes` are on the wire, `captured_bytes` in the file; times are nanoseconds since the epoch."""

    path: str
    format: str
    file_bytes: int
    packets: int
    bytes: int
    captured_bytes: int
    first_ns: int
    last_ns: int
    duration_s: float
    tcp_streams: int
    udp_streams: int
    dropped: int
    interfaces: tuple[InterfaceFacts, ...]
    secrets: int
    """TLS key logs inside the capture."""
    names: int
    comments: tuple[str, ...]
    warnings: tuple[str, ...]


def overview(capture: Capture) -> Overview:
    """Sum up what was indexed so far."""
    import numpy as np

    index = capture.index
    times = index.time_ns[index.flags & marks.TIMELESS == 0]
    first, last = (int(times.min()), int(times.max())) if len(times) else (0, 0)
    counts = np.bincount(index.interface, minlength=len(capture.interfaces)).tolist()
    drops = [interface.dropped for interface in capture.interfaces if interface.dropped >= 0]
    return Overview(
        path=str(capture.path),
        format=capture.format,
        file_bytes=capture.path.stat().st_size,
        packets=len(index),
        bytes=int(index.original_length.sum(dtype=np.int64)),
        captured_bytes=int(index.captured_length.sum(dtype=np.int64)),
        first_ns=first,
        last_ns=last,
        duration_s=(last - first) / 1e9,
        tcp_streams=index.stream_count("tcp"),
        udp_streams=index.stream_count("udp"),
        dropped=sum(drops) if drops else -1,
        interfaces=tuple(
            InterfaceFacts(
                interface.name,
                interface.description,
                interface.link_type,
                interface.snaplen,
                interface.filter,
                counts[number],
                interface.received,
                interface.dropped,
            )
            for number, interface in enumerate(capture.interfaces)
        ),
        secrets=len(capture.secrets),
        names=len(capture.names),
        comments=tuple(capture.comments),
        warnings=tuple(str(warning) for warning in capture.warnings),
    )

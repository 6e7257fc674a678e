"""Event symbols of packets and the order in which a connection may see them (RFC 9000 5, 6, 7, 10, 17).

Packets are lost, repeated, and overtake each other, so what may come once may come again. What cannot be opened has no frames in its
symbol; without keys that is everything behind the Initial packets.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from workbench_quic.summaries import FRAME_LABELS, KIND_LABELS
from workbench_quic.versions import Kind

__all__ = ["INITIAL", "STATES"]

INITIAL = "start"

_ROWS: tuple[tuple[str, tuple[Kind, ...], str], ...] = (
    ("start", (Kind.INITIAL, Kind.EARLY), "offered"),
    # a version that the server does not know
    ("start", (Kind.UNKNOWN, Kind.NEGOTIATION), "start"),
    # a capture that begins late
    ("start", (Kind.HANDSHAKE, Kind.ONE_RTT), "answered"),
    ("start", (Kind.RESET,), "closed"),
    ("offered", (Kind.INITIAL, Kind.EARLY), "offered"),
    ("offered", (Kind.RETRY,), "retried"),
    ("offered", (Kind.NEGOTIATION, Kind.UNKNOWN), "start"),
    ("offered", (Kind.HANDSHAKE, Kind.ONE_RTT), "answered"),
    ("offered", (Kind.RESET,), "closed"),
    ("retried", (Kind.INITIAL, Kind.EARLY), "offered"),
    ("retried", (Kind.RETRY,), "retried"),
    ("answered", (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.ONE_RTT), "answered"),
    # late answers to packets that were sent twice
    ("answered", (Kind.RETRY, Kind.NEGOTIATION, Kind.UNKNOWN), "answered"),
    ("answered", (Kind.RESET,), "closed"),
    # the peer may still be speaking, and a closed side says so again (RFC 9000 10.2.1)
    ("closed", (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.ONE_RTT, Kind.RESET), "closed"),
)

_WITH_FRAMES = (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.ONE_RTT)


def _table() -> Iterator[tuple[tuple[str, str], str]]:
    for state, kinds, following in _ROWS:
        yield (state, KIND_LABELS[Kind.PADDING]), state
        for kind in kinds:
            label = KIND_LABELS[kind]
            yield (state, label), following
            if kind in _WITH_FRAMES:
                for frame in FRAME_LABELS:
                    yield (state, f"{label}.{frame}"), "closed" if frame == "close" else following


STATES: Mapping[tuple[str, str], str] = MappingProxyType(dict(_table()))
"""{(state, label): next state}."""

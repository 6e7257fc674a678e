"""Streams that go on where others began: a QUIC connection that has moved to another address starts there in the middle.

Who dissects a whole capture has seen the beginning. Who looks at one stream needs to walk those beside it that may hold it.
"""

from collections.abc import Sequence

from captures.capture import Capture
from dissectors.slots import ask_probe
from workbench.api import Confidence, Direction, ProtocolSpec, Transport

__all__ = ["MOST_ORIGINS", "origins"]

MOST_ORIGINS = 8
"""Streams walked beside one: a connection that moved more often within one capture is rare, and each costs as much as the one looked at."""

MOST_SEARCHED = 65_536
"""Streams looked through for those, latest first."""

_FIRST = 16
"""Packets within which both directions of a conversation have usually spoken."""


def origins(capture: Capture, specs: Sequence[ProtocolSpec], transport: Transport, number: int) -> tuple[int, ...]:
    """The latest earlier UDP streams of the same server, ascending; none for a stream whose own bytes tell what it is."""
    if transport != "udp":
        return ()
    index = capture.index
    flow = index.flow(transport, number)
    first: dict[Direction, bytes] = {}
    for packet in index.packets_of(transport, number)[:_FIRST].tolist():
        payload = capture.payload(packet)
        if payload:
            first.setdefault(Direction(int(index.direction[packet - 1])), payload)
    candidates = [spec for spec in specs if spec.transport == transport and spec.probe is not None]
    if any(ask_probe(spec, data, way) >= Confidence.LIKELY for spec in candidates for way, data in first.items()):
        return ()
    earlier = range(number - 1, max(-1, number - 1 - MOST_SEARCHED), -1)
    same: list[int] = []
    for other in earlier:
        if index.flow(transport, other).server == flow.server:
            same.append(other)
            if len(same) == MOST_ORIGINS:
                break
    return tuple(reversed(same))

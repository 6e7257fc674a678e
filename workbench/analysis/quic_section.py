"""The section `quic`: round trips, losses and reordering of QUIC connections, from what their messages say about the way between the sides.

The numbers are those below `quic.analysis` (see the plugin that speaks QUIC); nothing is measured here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from captures.stream_events import Noticed
from workbench.analysis.histogram import Histogram
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import Material, Section
from workbench.api import Direction, Field, Message

__all__ = ["SECTION"]

_PROTOCOL = "quic"
_ANALYSIS = "quic.analysis"
_SECOND = 1_000_000_000
_COLUMNS = (
    Column("stream", "udp stream", "count"),
    Column("client", "client", "address"),
    Column("server", "server", "address"),
    Column("from", "from"),
    Column("packets", "packets", "count"),
    Column("ack_rtt_p50_ns", "ACK p50", "ns"),
    Column("ack_rtt_p99_ns", "p99", "ns"),
    Column("ack_rtt_max_ns", "longest", "ns"),
    Column("acks", "ACKs timed", "count"),
    Column("lost", "lost", "count"),
    Column("lost_share", "share", "share"),
    Column("not_lost", "came after all", "count"),
    Column("out_of_order", "out of order", "count"),
    Column("repeated_bytes", "sent again", "bytes"),
    Column("most_in_flight", "most in flight", "bytes"),
)


@dataclass(slots=True)
class _Side:
    """What one side of a connection sent. Its losses and round trips are told by the packets of the other side that acknowledge it."""

    packets: int = 0
    rtts: Histogram = field(default_factory=Histogram)
    lost: int = 0
    not_lost: int = 0
    out_of_order: int = 0
    repeated: int = 0
    most_in_flight: int = 0


class _Connections:
    """Listens to the messages."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._sides: dict[tuple[int, Direction], _Side] = {}

    def message(self, message: Message) -> None:
        """Count a packet of QUIC."""
        if message.protocol != _PROTOCOL:
            return
        own = self._side(message.stream, message.direction)
        own.packets += 1
        analysis = next((node for node in message.root.children if node.abbrev == _ANALYSIS), None)
        if analysis is not None:
            self._take(analysis, own, self._side(message.stream, Direction(1 - message.direction)))

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def _side(self, stream: int, direction: Direction) -> _Side:
        return self._sides.setdefault((stream, direction), _Side())

    def _take(self, analysis: Field, own: _Side, other: _Side) -> None:
        for fact in analysis.children:
            value = fact.value
            if not isinstance(value, int | float):
                continue
            match fact.abbrev.removeprefix(f"{_ANALYSIS}."):
                case "ack_rtt":
                    other.rtts.add(round(value * _SECOND))
                case "lost":
                    other.lost += int(value)
                case "not_lost":
                    other.not_lost += int(value)
                case "out_of_order":
                    own.out_of_order += 1
                case "repeated_bytes":
                    own.repeated += int(value)
                case "bytes_in_flight":
                    own.most_in_flight = max(own.most_in_flight, int(value))

    def parts(self) -> Iterable[Part]:
        """One row for each side of a connection, most losses first."""
        sides = sorted(self._sides.items(), key=lambda item: (-item[1].lost, -item[1].packets, item[0]))
        shown = sides[: self._material.most]
        rows = tuple(self._cells(stream, direction, side) for (stream, direction), side in shown)
        yield Table(name="quic", title="QUIC connections", columns=_COLUMNS, rows=rows, more=len(sides) - len(rows))

    def _cells(self, stream: int, direction: Direction, side: _Side) -> tuple[Cell, ...]:
        flow = self._material.capture.index.flow("udp", stream)
        rtts = side.rtts
        times = (*rtts.percentiles((50, 99)), rtts.longest) if rtts.count else (None, None, None)
        return (
            stream,
            str(flow.client),
            str(flow.server),
            "client" if direction is Direction.TO_SERVER else "server",
            side.packets,
            *times,
            rtts.count,
            side.lost,
            side.lost / side.packets if side.packets else None,
            side.not_lost,
            side.out_of_order,
            side.repeated,
            side.most_in_flight or None,
        )


SECTION = Section(
    name="quic",
    title="QUIC",
    about="Round trips, losses and reordering of QUIC connections, each side by itself, most losses first.",
    need="messages",
    begin=_Connections,
)

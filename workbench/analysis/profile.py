"""What one capture is like, kept small enough to be compared with another one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from captures.stream_events import Noticed
from workbench.analysis.anomalies import Measures
from workbench.analysis.conversations import hosts
from workbench.analysis.exchanges import Exchanges
from workbench.analysis.hierarchy import Level, MessageCounts, hierarchy, with_messages
from workbench.analysis.histogram import Histogram
from workbench.analysis.measurement import Measurement
from workbench.analysis.parts import Part
from workbench.analysis.sections import Material
from workbench.api import Message, Transport

__all__ = ["Profile", "Profiler"]

_TRANSPORTS: tuple[Transport, ...] = ("tcp", "udp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`protocols` are packets by the path of levels ("IPv4 / TCP / http1"), `servers` packets of "tcp 10.0.0.1:80"."""

    packets: int
    protocols: Mapping[str, int]
    latencies: Mapping[str, Histogram]
    measurements: tuple[Measurement, ...]
    hosts: Mapping[str, int]
    servers: Mapping[str, int]


class Profiler:
    """Listens to one walk."""

    def __init__(self, material: Material) -> None:
        self._index = material.capture.index
        self._measures = Measures(material)
        self._counts = MessageCounts(self._index)
        self._exchanges = Exchanges()

    def message(self, message: Message) -> None:
        """Take it into account."""
        self._measures.message(message)
        self._counts.add(message)
        self._exchanges.add(message)

    def noticed(self, event: Noticed) -> None:
        """Take it into account."""
        self._measures.noticed(event)

    def parts(self) -> Iterable[Part]:
        """Nothing by itself."""
        return ()

    def profile(self) -> Profile:
        """After the walk."""
        index = self._index
        root = with_messages(hierarchy(index), self._counts)
        return Profile(
            packets=len(index),
            protocols={" / ".join(path): level.packets for child in root.children for path, level in _paths(child, ())},
            latencies={f"{protocol} {label}".strip(): times for (protocol, label), times in self._exchanges.latencies.items()},
            measurements=tuple(self._measures.measurements()),
            hosts={host.address: host.packets_sent + host.packets_received for host in hosts(index)},
            servers=self._servers(),
        )

    def _servers(self) -> dict[str, int]:
        index = self._index
        found: dict[str, int] = {}
        for transport in _TRANSPORTS:
            for stream in range(index.stream_count(transport)):
                name = f"{transport} {index.flow(transport, stream).server}"
                found[name] = found.get(name, 0) + 1
        return found


def _paths(level: Level, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Level]]:
    path = (*above, level.name)
    yield path, level
    for child in level.children:
        yield from _paths(child, path)

"""A small packet index, shaped like `captures.PacketIndex`, to try filters on."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """What a filter may ask about one packet."""

    version: int
    protocol: int
    source: str
    destination: str
    source_port: int = 0
    destination_port: int = 0
    stream: int = -1


class Pairs:
    """Addresses by pair number; here every row has its own."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def hosts(self, pair: int) -> tuple[str, str]:
        """Source and destination of a pair."""
        return self._rows[pair].source, self._rows[pair].destination


class Index:
    """Columns of some rows."""

    def __init__(self, rows: list[Row]) -> None:
        self.other_names = ["data", "ARP"]
        self.rows = rows
        self.pairs = Pairs(rows)
        self.pair = np.arange(len(rows), dtype=np.int32)
        self.ip_version = self._of("version", np.uint8)
        self.ip_protocol = self._of("protocol", np.uint8)
        self.source_port = self._of("source_port", np.uint16)
        self.destination_port = self._of("destination_port", np.uint16)
        self.stream = self._of("stream", np.int32)
        self.flags = np.zeros(len(rows), np.uint16)

    def __len__(self) -> int:
        return len(self.rows)

    def _of(self, name: str, kind: type) -> Any:
        return np.array([getattr(row, name) for row in self.rows], kind)

    def column(self, name: str) -> Any:
        """The column `other`: ARP for what is not IP."""
        assert name == "other"
        return np.array([0 if row.version else 1 for row in self.rows], np.uint8)


INDEX = Index(
    [
        Row(4, 6, "10.0.0.1", "10.0.0.2", 40_000, 80, 0),
        Row(4, 6, "10.0.0.2", "10.0.0.1", 80, 40_000, 0),
        Row(4, 6, "10.0.0.1", "192.168.1.1", 40_001, 8080, 1),
        Row(4, 17, "10.0.0.1", "10.0.0.2", 5353, 53, 0),
        Row(6, 6, "2001:db8::1", "2001:db8::2", 40_000, 53, 1),
        Row(6, 58, "2001:db8::1", "2001:db8::2"),
        Row(4, 1, "10.0.0.9", "192.168.1.1"),
        Row(0, 0, "02:00:00:00:00:01", "02:00:00:00:00:02"),
        Row(4, 6, "172.16.0.1", "172.16.0.2", 85, 91, 2),
    ]
)

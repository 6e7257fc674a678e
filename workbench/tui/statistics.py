"""Statistics of a capture as table rows and a curve: from the columns at once, from messages as they are dissected. No widgets here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from captures import PacketIndex
from workbench.analysis.conversations import Host
from workbench.analysis.exchanges import Exchanges, Latency
from workbench.analysis.hierarchy import TITLES, Level, MessageCounts, hierarchy, with_messages
from workbench.analysis.remarks import Remark, Remarks
from workbench.api import Message
from workbench.tui.cells import bar, clean, count, duration, size
from workbench.tui.widgets.table_list import Row

__all__ = ["MessageFacts", "host_rows", "latency_rows", "level_rows", "packet_rates", "remark_rows"]

BAR = 16
"""Cells of a bar that shows a share."""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is counted over messages, fed in the order of their completion."""

    counts: MessageCounts
    exchanges: Exchanges
    remarks: Remarks

    @classmethod
    def of(cls, index: PacketIndex) -> "MessageFacts":
        """Nothing counted yet."""
        return cls(MessageCounts(index), Exchanges(), Remarks())

    def add(self, message: Message) -> None:
        """Count a message."""
        self.counts.add(message)
        self.exchanges.add(message)
        self.remarks.add(message)


def level_rows(index: PacketIndex, facts: MessageFacts | None, names: Mapping[str, str]) -> list[Row]:
    """The protocol hierarchy, with application protocols (called as `names` says) when messages were counted."""
    root = hierarchy(index)
    if facts is not None:
        root = with_messages(root, facts.counts)
    return list(_levels(root, 0, max(1, root.packets), names))


def _levels(level: Level, depth: int, packets: int, names: Mapping[str, str]) -> Iterator[Row]:
    share = level.packets / packets
    called = names.get(level.name) or TITLES.get(level.name, level.name)
    name = "  " * depth + clean(called)
    style = called if depth else "strong"
    cells = (
        name,
        count(level.packets),
        f"{100 * share:.1f} %",
        bar(share, BAR),
        size(level.bytes),
        count(level.messages) if level.messages else "",
    )
    yield Row((depth, level.name), cells, (style, "", "dim", style if depth else "dim", "", "good"))
    for child in level.children:
        yield from _levels(child, depth + 1, packets, names)


def host_rows(hosts: Sequence[Host]) -> list[Row]:
    """Addresses with what they sent and received; the key is the address."""
    most = max((host.bytes_sent + host.bytes_received for host in hosts), default=1) or 1
    return [
        Row(
            host.address,
            (
                clean(host.address),
                count(host.packets_sent),
                size(host.bytes_sent),
                count(host.packets_received),
                size(host.bytes_received),
                bar((host.bytes_sent + host.bytes_received) / most, BAR),
            ),
            ("", "to_server", "to_server", "to_client", "to_client", "accent"),
        )
        for host in hosts
    ]


def latency_rows(latencies: Sequence[Latency]) -> list[Row]:
    """How long answers took, by protocol and kind of request."""
    return [
        Row(
            (row.protocol, row.label),
            (
                clean(row.protocol),
                clean(row.label),
                count(row.count),
                count(row.unanswered) if row.unanswered else "",
                duration(row.shortest_ns),
                duration(row.p50_ns),
                duration(row.p90_ns),
                duration(row.p99_ns),
                duration(row.longest_ns),
            ),
            (row.protocol, "", "", "warning", "dim", "good", "", "", "dim"),
        )
        for row in latencies
    ]


def remark_rows(remarks: Sequence[Remark]) -> list[Row]:
    """What is odd, the most severe first; the key is the first packet."""
    styles = ("dim", "", "warning", "error")
    return [
        Row(
            (remark.first_packet, number),
            (
                remark.severity.name.lower(),
                clean(remark.protocol),
                count(remark.count),
                str(remark.first_packet),
                clean(remark.text),
                clean(remark.section),
            ),
            (styles[remark.severity], remark.protocol or "dim", "", "dim", "", "dim"),
        )
        for number, remark in enumerate(remarks)
    ]


def packet_rates(index: PacketIndex, buckets: int) -> tuple[list[float], float]:
    """Packets in each of `buckets` equal spans of the capture's time, and the span in seconds."""
    times = index.time_ns
    if not len(times) or buckets < 1:
        return [], 0.0
    first, last = int(times.min()), int(times.max())
    span = max(last - first, 1)
    counts, _ = np.histogram(times - first, bins=buckets, range=(0, span))
    return [float(value) for value in counts], span / buckets / 1e9

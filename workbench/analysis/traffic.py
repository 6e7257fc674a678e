"""Sections out of the index's columns: which protocols there are, who talks to whom, and which hosts take part."""

from collections.abc import Iterable, Iterator

from captures.stream_events import Noticed
from workbench.analysis.conversations import conversations, hosts
from workbench.analysis.hierarchy import Level, MessageCounts, hierarchy, with_messages
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import FromColumns, Material, Section
from workbench.api import Message

__all__ = ["SECTIONS"]

_LEVELS = (
    Column("name", "protocol"),
    Column("packets", "packets", "count"),
    Column("bytes", "bytes", "bytes"),
    Column("messages", "messages", "count"),
)
_CONVERSATIONS = (
    Column("transport", ""),
    Column("stream", "stream", "count"),
    Column("client", "client", "address"),
    Column("server", "server", "address"),
    Column("packets_to_server", "packets →", "count"),
    Column("packets_to_client", "←", "count"),
    Column("bytes_to_server", "bytes →", "bytes"),
    Column("bytes_to_client", "←", "bytes"),
    Column("payload_to_server", "payload →", "bytes"),
    Column("payload_to_client", "←", "bytes"),
    Column("duration_ns", "lasted", "ns"),
)
_HOSTS = (
    Column("address", "host", "address"),
    Column("packets_sent", "packets sent", "count"),
    Column("bytes_sent", "bytes", "bytes"),
    Column("packets_received", "received", "count"),
    Column("bytes_received", "bytes", "bytes"),
)


class _Hierarchy:
    """The columns' levels, with those of messages below when there were any."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._index = material.capture.index
        self._counts = MessageCounts(self._index)

    def message(self, message: Message) -> None:
        """Count it."""
        if self._material.passes(message.packet):
            self._counts.add(message)

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """One tree."""
        chosen = None if self._material.mask is None else self._material.rows()
        root = with_messages(hierarchy(self._index, chosen), self._counts)
        levels = list(_flat(root, 0))
        rows = tuple(_level_cells(level) for _, level in levels)
        yield Table(name="hierarchy", title="protocols", columns=_LEVELS, rows=rows, depths=tuple(depth for depth, _ in levels))


def _flat(level: Level, depth: int) -> Iterator[tuple[int, Level]]:
    yield depth, level
    for child in level.children:
        yield from _flat(child, depth + 1)


def _level_cells(level: Level) -> tuple[Cell, ...]:
    return level.name, level.packets, level.bytes, level.messages


def _conversations(material: Material) -> Iterable[Part]:
    index, mask = material.capture.index, material.mask
    found = (*conversations(index, "tcp", mask=mask), *conversations(index, "udp", mask=mask))
    streams = sorted(found, key=lambda row: -sum(row.bytes))
    shown = streams[: material.most]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            row.transport,
            row.stream,
            str(row.flow.client),
            str(row.flow.server),
            *row.packets,
            *row.bytes,
            *row.payload,
            row.duration_ns,
        )
        for row in shown
    )
    more = len(streams) - len(shown)
    yield Table(name="conversations", title="conversations", columns=_CONVERSATIONS, rows=rows, more=more)


def _hosts(material: Material) -> Iterable[Part]:
    found = hosts(material.capture.index, mask=material.mask)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (host.address, host.packets_sent, host.bytes_sent, host.packets_received, host.bytes_received)
        for host in found[: material.most]
    )
    yield Table(name="hosts", title="hosts", columns=_HOSTS, rows=rows, more=len(found) - len(rows))


SECTIONS = (
    Section(
        name="hierarchy",
        title="Protocols",
        about="Packets, bytes and messages by protocol, inner ones below outer ones.",
        need="either",
        begin=_Hierarchy,
        filtered=True,
    ),
    Section(
        name="conversations",
        title="Conversations",
        about="TCP and UDP streams with packets, bytes and payload each way, most bytes first.",
        need="columns",
        begin=lambda material: FromColumns(lambda: _conversations(material)),
        filtered=True,
    ),
    Section(
        name="hosts",
        title="Hosts",
        about="Addresses with what each sent and received.",
        need="columns",
        begin=lambda material: FromColumns(lambda: _hosts(material)),
        filtered=True,
    ),
)

"""The sections about who talks to whom in one layer of the network: conversations with their directions, and the ends of them."""

from collections.abc import Iterable

from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import FromColumns, Material, Section
from workbench.analysis.setting_values import choice
from workbench.analysis.talks import LAYERS, LayerName, talk_table

__all__ = ["SECTIONS"]

_TALKS = (
    Column("layer", "layer"),
    Column("stream", "stream", "count"),
    Column("one", "one end", "address"),
    Column("other", "other end", "address"),
    Column("packets_out", "packets →", "count"),
    Column("packets_back", "←", "count"),
    Column("bytes_out", "bytes →", "bytes"),
    Column("bytes_back", "←", "bytes"),
    Column("first_ns", "began", "time_ns"),
    Column("duration_ns", "lasted", "ns"),
)
_ENDS = (
    Column("layer", "layer"),
    Column("address", "address", "address"),
    Column("port", "port"),
    Column("packets_sent", "packets sent", "count"),
    Column("bytes_sent", "bytes", "bytes"),
    Column("packets_received", "received", "count"),
    Column("bytes_received", "bytes", "bytes"),
)
_LAYER = {"layer": f"only one of {', '.join(LAYERS)}; without it all of them"}


def _layers(material: Material, section: str) -> tuple[LayerName, ...]:
    wanted = material.settings.get("layer")
    if wanted is None:
        return LAYERS
    named = choice(wanted, LAYERS, f"--set {section}.layer")
    return tuple(layer for layer in LAYERS if layer == named)


def _begin_talks(material: Material) -> FromColumns:
    layers = _layers(material, "talks")
    return FromColumns(lambda: _talks(material, layers))


def _talks(material: Material, layers: Iterable[LayerName]) -> Iterable[Part]:
    for layer in layers:
        table = talk_table(material.capture, layer)
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                layer,
                talk.stream if talk.stream >= 0 else None,
                talk.one,
                talk.other,
                *talk.packets,
                *talk.bytes,
                talk.first_ns,
                talk.last_ns - talk.first_ns,
            )
            for talk in table.talks(material.most)
        )
        if rows:
            yield Table(
                name=f"talks_{layer}", title=f"{layer} conversations", columns=_TALKS, rows=rows, more=len(table) - len(rows)
            )


def _begin_ends(material: Material) -> FromColumns:
    layers = _layers(material, "endpoints")
    return FromColumns(lambda: _endpoints(material, layers))


def _endpoints(material: Material, layers: Iterable[LayerName]) -> Iterable[Part]:
    for layer in layers:
        table = talk_table(material.capture, layer)
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                layer,
                end.address,
                end.port if layer in ("tcp", "udp") else None,
                end.packets_sent,
                end.bytes_sent,
                end.packets_received,
                end.bytes_received,
            )
            for end in table.ends(material.most)
        )
        if rows:
            more = table.end_count() - len(rows)
            yield Table(name=f"endpoints_{layer}", title=f"{layer} endpoints", columns=_ENDS, rows=rows, more=more)


SECTIONS = (
    Section(
        name="talks",
        title="Conversations by layer",
        about="Who talks to whom on Ethernet, IP, TCP and UDP, those inside tunnels included, most bytes first.",
        need="columns",
        begin=_begin_talks,
        settings=_LAYER,
    ),
    Section(
        name="endpoints",
        title="Endpoints by layer",
        about="What each address, with its port where there are ports, sent and received.",
        need="columns",
        begin=_begin_ends,
        settings=_LAYER,
    ),
)

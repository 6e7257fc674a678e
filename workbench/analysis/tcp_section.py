"""The section `tcp`: which connections had trouble, and one of them drawn."""

from collections.abc import Iterable

from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import FromColumns, Material, Section
from workbench.analysis.tcp_curves import curves
from workbench.analysis.tcp_streams import StreamFacts, flag_counts, stream_count, stream_facts
from workbench.api import UsageError

__all__ = ["SECTION"]

_STREAMS = (
    Column("stream", "stream", "count"),
    Column("client", "client", "address"),
    Column("server", "server", "address"),
    Column("packets", "packets", "count"),
    Column("duration_ns", "lasted", "ns"),
    Column("payload_to_server", "payload →", "bytes"),
    Column("payload_to_client", "←", "bytes"),
    Column("throughput_to_server", "throughput →", "bytes_rate"),
    Column("throughput_to_client", "←", "bytes_rate"),
    Column("handshake_ns", "handshake", "ns"),
    Column("ack_rtt_p50_ns", "ACK p50", "ns"),
    Column("ack_rtt_max_ns", "longest", "ns"),
    Column("acks", "ACKs timed", "count"),
    Column("retransmissions", "sent again", "count"),
    Column("out_of_order", "out of order", "count"),
    Column("lost", "missing before", "count"),
    Column("duplicate_acks", "duplicate ACKs", "count"),
    Column("zero_windows", "window closed", "count"),
    Column("resets", "resets", "count"),
)
_FLAGS = (
    Column("field", "field"),
    Column("packets", "packets", "count"),
    Column("streams", "streams", "count"),
    Column("first_packet", "first", "packet"),
)


def _begin(material: Material) -> FromColumns:
    wanted = material.settings.get("stream")
    if wanted is None:
        return FromColumns(lambda: _overview(material))
    if not wanted.isdecimal():
        raise UsageError(f"{wanted!r} is no stream number", place="--set tcp.stream", remedy="For example --set tcp.stream=3")
    return FromColumns(lambda: _drawn(material, int(wanted)))


def _overview(material: Material) -> Iterable[Part]:
    index = material.capture.index
    flags = tuple((flag.field, flag.packets, flag.streams, flag.first_packet) for flag in flag_counts(index))
    rows = tuple(_cells(facts) for facts in stream_facts(index, material.most))
    yield Table(name="tcp", title="TCP connections", columns=_STREAMS, rows=rows, more=stream_count(index) - len(rows))
    yield Table(name="tcp_flags", title="what is odd about segments", columns=_FLAGS, rows=flags)


def _drawn(material: Material, stream: int) -> Iterable[Part]:
    index = material.capture.index
    if stream >= index.stream_count("tcp") or not len(index.packets_of("tcp", stream)):
        raise UsageError(
            f"there is no TCP stream {stream}",
            place="--set tcp.stream",
            remedy=f"They are numbered from 0; there are {index.stream_count('tcp'):,}",
        )
    (facts,) = (each for each in stream_facts(index) if each.stream == stream)
    yield Table(name="tcp", title=f"TCP stream {stream}", columns=_STREAMS, rows=(_cells(facts),))
    yield from curves(index, stream)


def _cells(facts: StreamFacts) -> tuple[Cell, ...]:
    return (
        facts.stream,
        str(facts.flow.client),
        str(facts.flow.server),
        facts.packets,
        facts.duration_ns,
        *facts.payload,
        *facts.throughput,
        facts.handshake_ns or None,
        facts.ack_rtt_p50_ns or None,
        facts.ack_rtt_max_ns or None,
        facts.acks,
        facts.retransmissions,
        facts.out_of_order,
        facts.lost,
        facts.duplicate_acks,
        facts.zero_windows,
        facts.resets,
    )


SECTION = Section(
    name="tcp",
    title="TCP",
    about="Round trips, segments sent again or out of order, closed windows and resets by connection, most trouble first.",
    need="columns",
    begin=_begin,
    settings={"stream": "one stream number: its sequence numbers, throughput, round trips and windows as charts"},
)

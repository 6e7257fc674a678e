"""Parquet: a folder of three typed tables, packets, flows and messages, for DuckDB, pandas, Polars and Spark.

They join on `packet` (= packets.number) and on (transport, stream). Message fields are one column of JSON objects, because protocols have
thousands of them. pyarrow is an optional extra: 40 MB that few need.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures.index import PacketIndex
from dissectors.paths import flatten
from workbench.api import Message, UsageError
from workbench.export.source import Source
from workbench.export.summaries import summaries
from workbench.rows import rows_of

__all__ = ["write"]

ROWS = 65_536
"""Rows of one row group: large enough to compress well, small enough to hold."""

TEXT = 64 << 20
"""Characters of fields after which a row group of messages ends early: bodies can be megabytes long."""

_TCP, _UDP = 6, 17
_TRANSPORTS = {_TCP: "tcp", _UDP: "udp"}


def write(source: Source, folder: Path) -> int:
    """Write packets.parquet, flows.parquet and messages.parquet; returns how many packets. Raises UsageError without pyarrow."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as tables  # type: ignore[import-untyped]
    except ImportError:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed", remedy="Install it with pip install 'protocol-workbench[parquet]'"
        ) from None
    parts = (("packets", _packets(source)), ("flows", _flows(source)), ("messages", _messages(source)))
    for name, batches in parts:
        schema = pa.schema([(column, _type(pa, kind)) for column, kind in _COLUMNS[name]])
        with tables.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") as writer:
            for batch in batches:
                columns = [pa.array(batch[column], schema.field(column).type, from_pandas=False) for column, _ in _COLUMNS[name]]
                writer.write_batch(pa.record_batch(columns, schema=schema))
    return len(source.packets)


_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "packets": (
        ("number", "int64"),
        ("time", "time"),
        ("interface", "uint16"),
        ("captured_length", "uint32"),
        ("original_length", "uint32"),
        ("source", "name"),
        ("destination", "name"),
        ("protocol", "name"),
        ("transport", "name"),
        ("stream", "int32"),
        ("to_client", "bool"),
        ("source_port", "uint16"),
        ("destination_port", "uint16"),
        ("tcp_flags", "uint16"),
        ("seq", "uint32"),
        ("ack", "uint32"),
        ("window", "uint16"),
        ("payload_length", "uint32"),
        ("vlan", "int16"),
        ("info", "string"),
    ),
    "flows": (
        ("transport", "name"),
        ("stream", "int32"),
        ("client", "string"),
        ("client_port", "uint16"),
        ("server", "string"),
        ("server_port", "uint16"),
        ("first", "time"),
        ("last", "time"),
        ("packets_to_server", "int64"),
        ("packets_to_client", "int64"),
        ("bytes_to_server", "int64"),
        ("bytes_to_client", "int64"),
        ("payload_to_server", "int64"),
        ("payload_to_client", "int64"),
    ),
    "messages": (
        ("packet", "int64"),
        ("packets", "numbers"),
        ("time", "time"),
        ("transport", "name"),
        ("stream", "int32"),
        ("layer", "string"),
        ("protocol", "name"),
        ("to_client", "bool"),
        ("label", "name"),
        ("summary", "string"),
        ("start", "int64"),
        ("length", "int64"),
        ("exchange", "string"),
        ("worst_note", "name"),
        ("notes", "string"),
        ("fields", "string"),
    ),
}
"""Columns of each table. Times are UTC in nanoseconds; what does not apply to a row is null; `notes` and `fields` are JSON."""


def _type(pa: Any, kind: str) -> Any:
    special = {
        "time": lambda: pa.timestamp("ns", tz="UTC"),
        "name": lambda: pa.dictionary(pa.int32(), pa.string()),
        "numbers": lambda: pa.list_(pa.int64()),
        "bool": pa.bool_,
    }
    made = special.get(kind) or getattr(pa, kind)
    return made()


def _packets(source: Source) -> Iterator[dict[str, Any]]:
    index = source.capture.index
    with summaries(source.messages()) as summary_of:
        for at in range(0, len(source.packets), ROWS):
            numbers = source.packets[at : at + ROWS]
            rows = numbers - 1
            protocol = index.ip_protocol[rows]
            stream = index.stream[rows]
            transport = [_TRANSPORTS.get(kind) if number >= 0 else None for kind, number in zip(protocol, stream, strict=True)]
            tcp, either = (protocol == _TCP) & (stream >= 0), stream >= 0
            lines = list(rows_of(index, numbers))
            told = [summary_of(line.number) for line in lines]
            yield {
                "number": numbers,
                "time": index.time_ns[rows],
                "interface": index.interface[rows],
                "captured_length": index.captured_length[rows],
                "original_length": index.original_length[rows],
                "source": [line.source or None for line in lines],
                "destination": [line.destination or None for line in lines],
                "protocol": [
                    _text(said.protocols[-1]) if said.protocols else line.protocol for said, line in zip(told, lines, strict=True)
                ],
                "transport": transport,
                "stream": _where(stream, either),
                "to_client": _where(index.direction[rows] == 1, either),
                "source_port": _where(index.source_port[rows], either),
                "destination_port": _where(index.destination_port[rows], either),
                **{name: _where(index.column(name)[rows], tcp) for name in ("tcp_flags", "seq", "ack", "window")},
                "payload_length": _where(index.payload_length[rows], either),
                "vlan": _where(index.vlan[rows], index.vlan[rows] >= 0),
                "info": ["\n".join(said.all_lines()) or line.info for said, line in zip(told, lines, strict=True)],
            }


def _flows(source: Source) -> Iterator[dict[str, Any]]:
    """One row for each stream that the selected packets belong to, counting those."""
    index = source.capture.index
    rows = source.packets - 1
    for protocol, transport in _TRANSPORTS.items():
        own = rows[(index.ip_protocol[rows] == protocol) & (index.stream[rows] >= 0)]
        streams, place = np.unique(index.stream[own], return_inverse=True)
        back = index.direction[own] == 1
        for at in range(0, len(streams), ROWS):
            part = slice(at, at + ROWS)
            flows = [index.flow("tcp" if transport == "tcp" else "udp", number) for number in streams[part].tolist()]
            yield {
                "transport": [transport] * len(flows),
                "stream": streams[part],
                "client": [flow.client.host for flow in flows],
                "client_port": [flow.client.port for flow in flows],
                "server": [flow.server.host for flow in flows],
                "server_port": [flow.server.port for flow in flows],
                **{name: column[part] for name, column in _sums(index, own, place, back, len(streams)).items()},
            }


def _sums(index: PacketIndex, rows: NDArray[Any], place: NDArray[Any], back: NDArray[Any], count: int) -> dict[str, NDArray[Any]]:
    """Columns of flows: `place` is the flow of each row, `back` whether it travels to the client."""
    times = index.time_ns[rows]
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, place, times)
    np.maximum.at(last, place, times)
    found: dict[str, NDArray[Any]] = {"first": first, "last": last}
    ones = np.ones(len(rows), np.int64)
    for name, column in (("packets", ones), ("bytes", index.original_length[rows]), ("payload", index.payload_length[rows])):
        for way, mask in (("to_server", ~back), ("to_client", back)):
            total = np.zeros(count, np.int64)
            np.add.at(total, place[mask], column[mask].astype(np.int64))
            found[f"{name}_{way}"] = total
    return found


def _messages(source: Source) -> Iterator[dict[str, Any]]:
    names = [column for column, _ in _COLUMNS["messages"]]
    rows: list[tuple[Any, ...]] = []
    held = 0
    for row in _message_rows(source.messages(), source.capture.index):
        rows.append(row)
        held += len(row[-1])
        if len(rows) == ROWS or held > TEXT:
            yield dict(zip(names, zip(*rows, strict=True), strict=True))
            rows, held = [], 0
    if rows:
        yield dict(zip(names, zip(*rows, strict=True), strict=True))


def _message_rows(messages: Iterable[Message], index: PacketIndex) -> Iterator[tuple[Any, ...]]:
    for message in messages:
        notes = [{"severity": note.severity.name, "text": note.text, "section": note.section} for note in message.notes]
        worst = max((note.severity for note in message.notes), default=None)
        yield (
            message.packet,
            message.packets,
            message.time_ns,
            _TRANSPORTS.get(int(index.ip_protocol[message.packet - 1])),
            message.stream,
            "/".join(message.layer) or None,
            message.protocol,
            message.direction == 1,
            _text(message.label),
            _text(message.summary),
            message.start,
            message.end - message.start,
            None if message.exchange is None else str(message.exchange),
            None if worst is None else worst.name,
            json.dumps(notes) if notes else None,
            json.dumps(flatten(message)),
        )


def _where(column: NDArray[Any], mask: NDArray[Any]) -> Any:
    """A column with nulls where the mask says so."""
    return np.ma.MaskedArray(column, ~mask).tolist()


def _text(text: str) -> str:
    """`text` as UTF-8 can hold it: what came from the wire may have lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()

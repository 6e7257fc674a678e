import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from support.exported import toy_source
from support.messages import message
from support.pcap import arp_frame, tcp_frames, udp_frames, write_pcap
from support.shared import ROOT
from support.toy import TOY
from workbench.api import Direction, Note, Severity
from workbench.export import parquet as module
from workbench.export.parquet import write
from workbench.registry import Registry
from workbench.session import Session

tables = pytest.importorskip("pyarrow.parquet")


def _rows(folder, name):
    return tables.read_table(folder / f"{name}.parquet").to_pylist()


def test_packets_flows_and_messages(tmp_path):
    with toy_source(tmp_path) as source:
        assert write(source, tmp_path) == len(source.packets)
        index = source.capture.index
        packets, flows, messages = (_rows(tmp_path, name) for name in ("packets", "flows", "messages"))
        assert [row["number"] for row in packets] == source.packets.tolist()
        assert [row["seq"] for row in packets] == index.seq.tolist()
        times = tables.read_table(tmp_path / "packets.parquet")["time"].cast("int64").to_pylist()
        assert times == index.time_ns.tolist()
    assert packets[3]["protocol"] == "toy"
    assert (packets[3]["source"], packets[3]["source_port"], packets[3]["transport"]) == ("10.0.0.1", 40_000, "tcp")
    (flow,) = flows
    assert (flow["client"], flow["server_port"], flow["packets_to_server"] + flow["packets_to_client"]) == (
        "10.0.0.1",
        8080,
        len(packets),
    )
    assert flow["bytes_to_client"] == sum(row["original_length"] for row in packets if row["to_client"])
    assert [row["packet"] for row in messages] == [4, 6, 8]
    assert json.loads(messages[0]["fields"])["toy.number"] == 1
    assert messages[2]["worst_note"] is None
    assert {row["packet"] for row in messages} <= {row["number"] for row in packets}


def test_what_does_not_apply_is_null(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [arp_frame(), *udp_frames([(Direction.TO_SERVER, b"x")]), *tcp_frames([])])
    with Session.open(path, Registry((TOY,))) as session:
        session.grow()
        write(session.source(), tmp_path)
    arp, udp, tcp = _rows(tmp_path, "packets")[:3]
    assert [arp[name] for name in ("transport", "stream", "source_port", "to_client", "seq", "vlan")] == [None] * 6
    assert (udp["transport"], udp["stream"], udp["tcp_flags"]) == ("udp", 0, None)
    assert (tcp["transport"], tcp["tcp_flags"]) == ("tcp", 2)
    assert [row["transport"] for row in _rows(tmp_path, "flows")] == ["tcp", "udp"]


def test_types_are_typed(tmp_path):
    with toy_source(tmp_path) as source:
        write(source, tmp_path)
    schema = tables.read_schema(tmp_path / "packets.parquet")
    assert str(schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert str(schema.field("source_port").type) == "uint16"
    assert str(tables.read_schema(tmp_path / "messages.parquet").field("packets").type).startswith("list<")


def test_groups_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 2)
    with toy_source(tmp_path) as source:
        write(source, tmp_path)
        assert tables.ParquetFile(tmp_path / "packets.parquet").num_row_groups == -(-len(source.packets) // 2)
        assert tables.ParquetFile(tmp_path / "messages.parquet").num_row_groups == 2
        monkeypatch.setattr(module, "TEXT", 1)
        write(source, tmp_path)
        assert tables.ParquetFile(tmp_path / "messages.parquet").num_row_groups == 3


def test_nothing_is_tables_too(tmp_path):
    with toy_source(tmp_path, "frame.number == 0") as source:
        assert write(source, tmp_path) == 0
    assert [_rows(tmp_path, name) for name in ("packets", "flows", "messages")] == [[], [], []]


def test_any_text_goes_in(tmp_path):
    odd = message(
        Direction.TO_SERVER,
        packet=4,
        label="\ud800",
        summary="\0\x1b\udfff",
        exchange=("a", 1),
        layer=("x", "y"),
        notes=(Note(Severity.WARN, "odd\ud800"), Note(Severity.ERROR, "worse", section="RFC 1")),
    )
    with toy_source(tmp_path) as source:
        write(dataclasses.replace(source, packets=np.array([4]), messages=lambda: iter([odd])), tmp_path)
    (row,) = _rows(tmp_path, "messages")
    assert (row["label"], row["layer"], row["worst_note"]) == ("\\ud800", "x/y", "ERROR")
    assert [note["text"] for note in json.loads(row["notes"])] == ["odd\ud800", "worse"]


def test_duckdb_reads_and_joins_them(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    with toy_source(tmp_path) as source:
        write(source, tmp_path)
    query = f"""select count(*), min(p.source) from '{tmp_path}/packets.parquet' p join '{tmp_path}/messages.parquet' m
        on p.number = m.packet where m.fields->>'toy.number' = '1' and not m.to_client"""
    assert duckdb.sql(query).fetchall() == [(2, "10.0.0.1")]


def test_without_pyarrow_the_remedy_is_said(tmp_path):
    code = "import sys; sys.modules['pyarrow'] = None; from workbench.__main__ import entry; sys.exit(entry())"
    sample = ROOT / "captures" / "samples" / "mdns-zeroconf.pcapng"
    words = [sys.executable, "-c", code, "export", str(sample), "--format", "parquet", "-o", str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "protocol-workbench[parquet]" in done.stderr
    assert list(tmp_path.iterdir()) == []

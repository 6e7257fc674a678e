import io

import pytest

from captures.capture import open_capture
from captures.pcapng_writer import PcapngWriter
from support.exported import toy_source
from support.pcap import tcp_frames
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.export.anonymised import write_pcap, write_pcapng
from workbench.registry import Registry
from workbench.session import Session


def _telling(path):
    """A capture that names everybody."""
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment="Alice's machine")
        writer.interface("eth0", filter="host 10.0.0.1", description="Alice's card")
        writer.secrets(b"CLIENT_RANDOM 00 11\n")
        writer.names({"10.0.0.1": "alice.example"})
        for number, frame in enumerate(tcp_frames([(Direction.TO_SERVER, toy_message("ping", 7, b"password"))])):
            writer.packet(1_000_000_000 + number, frame, comments=("that is Alice",), direction=Direction.TO_CLIENT)
        writer.statistics(0, 2_000_000_000, 100, 3)
    return path


def test_nobody_is_named_and_nothing_is_said(tmp_path):
    path, out = _telling(tmp_path / "in"), tmp_path / "out"
    with Session.open(path, Registry((TOY,))) as session, out.open("wb") as file:
        session.grow()
        assert write_pcapng(session.source(), file, b"key") == len(session)
        before = session.capture
        for word in (b"Alice", b"alice", b"password", b"CLIENT_RANDOM", b"10.0.0", bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))):
            assert word in path.read_bytes() or word == b"10.0.0"
            assert word not in out.read_bytes()
        with open_capture(out) as after:
            after.grow()
            assert after.index.time_ns.tolist() == before.index.time_ns.tolist()
            for column in ("original_length", "source_port", "stream", "seq", "tcp_flags", "payload_length"):
                assert after.index.column(column).tolist() == before.index.column(column).tolist()
            assert (after.interfaces[0].name, after.interfaces[0].dropped) == ("eth0", 3)
            assert [code for code, _ in after.options(1)] == [2]


def test_one_key_gives_one_answer(tmp_path):
    with toy_source(tmp_path) as source:
        made = []
        for key in (b"a", b"a", b"b"):
            out = io.BytesIO()
            write_pcap(source, out, key)
            made.append(out.getvalue())
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("write", [write_pcap, write_pcapng])
def test_no_message_is_dissected_for_it(tmp_path, write):
    with toy_source(tmp_path, "tcp.dstport == 8080") as source:
        assert write(source, io.BytesIO(), b"") == len(source.packets) < len(source.capture.index)

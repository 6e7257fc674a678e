import dataclasses
import json
import subprocess

from captures.capture import open_capture
from captures.pcapng_writer import PcapngWriter
from support.exported import toy_source
from support.pcap import tcp_frames
from support.shared import tool
from support.toy import TOY, toy_message
from workbench.api import Direction
from workbench.export.dissected import write
from workbench.registry import Registry
from workbench.session import Session

KEYS = b"CLIENT_RANDOM " + b"0" * 64 + b" " + b"1" * 96 + b"\n"


def _rich(path):
    """A capture with two interfaces, comments, names, secrets and drop counts."""
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment="from the past")
        writer.interface("one", filter="tcp", description="the first")
        writer.interface("two")
        writer.secrets(KEYS)
        writer.names({"10.0.0.2": "server.example"})
        for number, frame in enumerate(tcp_frames([(Direction.TO_SERVER, toy_message("ping", 7))])):
            comments = ("mine",) if number == 3 else ()
            writer.packet(1_000_000_000 + number, frame, number % 2, comments=comments, direction=Direction.TO_CLIENT)
        writer.statistics(0, 2_000_000_000, 100, 3)
    return path


def test_everything_that_was_known_is_kept(tmp_path):
    out = tmp_path / "out.pcapng"
    with Session.open(_rich(tmp_path / "in.pcapng"), Registry((TOY,))) as session:
        session.grow()
        with out.open("wb") as file:
            count = write(session.source(), file)
        before = session.capture
        with open_capture(out) as after:
            after.grow()
            assert count == len(after.index) == len(before.index)
            assert [packet.data for packet in map(after.packet, range(1, count + 1))] == [
                packet.data for packet in map(before.packet, range(1, count + 1))
            ]
            assert after.index.time_ns.tolist() == before.index.time_ns.tolist()
            assert after.index.interface.tolist() == before.index.interface.tolist()
            assert [(each.name, each.filter, each.description, each.received, each.dropped) for each in after.interfaces] == [
                ("one", "tcp", "the first", 100, 3),
                ("two", "", "", -1, -1),
            ]
            assert after.secrets == [KEYS]
            assert after.names == {"10.0.0.2": "server.example"}
            assert any("from the past" in comment for comment in after.comments)
            assert all((2, b"\1\0\0\0") in after.options(number) for number in range(1, count + 1))  # directions
            assert after.packet(4).comments == ("mine", "toy: " + next(session.messages()).summary)


def test_only_what_matches_is_written(tmp_path):
    out = tmp_path / "out.pcapng"
    with toy_source(tmp_path, "toy") as source, out.open("wb") as file:
        assert write(dataclasses.replace(source, secrets=(KEYS,)), file) == 3
    with open_capture(out) as after:
        after.grow()
        comments = [after.packet(number).comments for number in (1, 2, 3)]
        assert after.secrets == [KEYS]
    assert all(comments)
    assert any("ERROR" in text for text in comments[2])


def test_tshark_reads_comments_and_secrets(tmp_path):
    tshark = tool("tshark")
    out = tmp_path / "out.pcapng"
    with toy_source(tmp_path) as source, out.open("wb") as file:
        count = write(dataclasses.replace(source, secrets=(KEYS,)), file)
    done = subprocess.run([tshark, "-n", "-r", str(out), "-T", "json", "-e", "frame.comment"], capture_output=True, check=True)
    packets = json.loads(done.stdout)
    assert len(packets) == count
    assert sum("frame.comment" in packet["_source"]["layers"] for packet in packets) == 3

import io
import struct
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import merging as module
from captures.capture import open_capture
from captures.merging import merge
from captures.pcapng_writer import PcapngWriter
from support.pcap import write_pcap
from workbench.api import CaptureError, Direction


def _written(path, packets, *, name="eth0", **more):
    """A pcapng file with (time, data) packets."""
    with path.open("wb") as file:
        writer = PcapngWriter(file, comment=more.get("comment", ""))
        writer.interface(name, filter="tcp")
        if "secret" in more:
            writer.secrets(more["secret"])
        writer.names(more.get("names", {}))
        for time_ns, data in packets:
            writer.packet(time_ns, data, comments=("said",), direction=Direction.TO_CLIENT, original_length=len(data) + 5)
        if "dropped" in more:
            writer.statistics(0, 9, 10, more["dropped"])
    return path


def _merged(folder, *paths):
    out = folder / "merged.pcapng"
    with out.open("wb") as file:
        result = merge(paths, file)
    with open_capture(out) as capture:
        capture.grow()
        assert capture.warnings == []
        return result, capture, [capture.packet(number) for number in range(1, len(capture.index) + 1)]


def test_packets_come_by_time_and_keep_what_is_said_about_them(tmp_path):
    one = _written(tmp_path / "one", [(5, b"a"), (9, b"c")], comment="first file", secret=b"keys one", dropped=3)
    two = _written(tmp_path / "two", [(7, b"b"), (9, b"d")], comment="second", names={"10.0.0.1": "host"}, secret=b"keys two")
    result, capture, packets = _merged(tmp_path, one, two)
    assert result.packets == (2, 2)
    assert [(packet.time_ns, packet.data, packet.interface) for packet in packets] == [
        (5, b"a", 0),
        (7, b"b", 1),
        (9, b"c", 0),
        (9, b"d", 1),
    ]
    assert all(packet.comments == ("said",) and packet.original_length == 6 for packet in packets)
    assert [(each.name, each.filter, each.dropped) for each in capture.interfaces] == [("eth0", "tcp", 3), ("eth0", "tcp", -1)]
    assert capture.secrets == [b"keys one", b"keys two"]
    assert capture.names == {"10.0.0.1": "host"}
    assert capture.comments == ["first file\nsecond\nmerged from one, two"]


def test_what_a_file_says_late_stands_before_what_follows_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RUN", 1)
    path = tmp_path / "late"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("one")
        writer.packet(1, b"a")
        writer.secrets(b"late keys")
        writer.interface("two", link_type=101)
        writer.packet(2, b"b", interface=1)
    _, capture, packets = _merged(tmp_path, path, write_pcap(tmp_path / "x.pcap", [b"z"]))
    assert [(packet.data, packet.link_type) for packet in packets] == [(b"a", 1), (b"b", 101), (b"z", 1)]
    blocks = (tmp_path / "merged.pcapng").read_bytes()
    assert blocks.index(b"late keys") < blocks.index(struct.pack("<II", 1, 1) + b"b")
    assert [each.name for each in capture.interfaces] == ["one", "", "two"]


@given(st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=5))
def test_every_packet_once_and_each_file_in_its_order(tmp_path_factory, times):
    # sorted by time wherever the files are; never reordered inside a file
    folder = tmp_path_factory.mktemp("merging")
    paths = [
        _written(folder / str(file), [(time, struct.pack("<II", file, number)) for number, time in enumerate(each)])
        for file, each in enumerate(times)
    ]
    _, _, packets = _merged(folder, *paths)
    keys = [(packet.interface, struct.unpack("<II", packet.data)) for packet in packets]
    assert all(interface == file for interface, (file, _) in keys)
    for file, each in enumerate(times):
        assert [number for _, (which, number) in keys if which == file] == list(range(len(each)))
    if all(each == sorted(each) for each in times):
        assert all(one.time_ns <= other.time_ns for one, other in pairwise(packets))


def test_a_file_that_was_cut_is_told(tmp_path):
    path = _written(tmp_path / "one", [(5, b"a"), (9, b"c")])
    path.write_bytes(path.read_bytes()[:-3])
    result, _, packets = _merged(tmp_path, path)
    assert [packet.data for packet in packets] == [b"a"]
    assert "ends in the middle of a record" in result.warnings[0]


def test_nothing_is_written_when_one_is_no_capture(tmp_path):
    (tmp_path / "bad").write_bytes(b"no capture at all")
    out = io.BytesIO()
    with pytest.raises(CaptureError, match="neither pcap nor pcapng"):
        merge([_written(tmp_path / "one", [(1, b"a")]), tmp_path / "bad"], out)
    assert out.getvalue() == b""


def test_limits(tmp_path, monkeypatch):
    paths = [_written(tmp_path / str(number), [(1, b"a")]) for number in range(3)]
    monkeypatch.setattr(module, "MAX_INTERFACES", 2)
    with pytest.raises(CaptureError, match="more than 2 interfaces"):
        merge(paths, io.BytesIO())
    monkeypatch.setattr(module, "MOST_FILES", 2)
    with pytest.raises(CaptureError, match=r"3 files are more than 2.*Merge some of them first"):
        merge(paths, io.BytesIO())


def test_memory_does_not_grow_with_the_files(tmp_path):
    paths = [write_pcap(tmp_path / f"{number}.pcap", [bytes(60_000)] * 800) for number in range(2)]
    told = []
    with (tmp_path / "out").open("wb") as out:
        tracemalloc.start()
        try:
            merge(paths, out, told.append)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size > 90 << 20
    assert peak < 24 << 20  # two windows of 8 MiB and what is in the hand

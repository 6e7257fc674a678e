from support.headers import ether, ipv4, tcp
from support.pcap import write_pcap
from support.surveys import asked
from workbench.analysis.lengths_section import BOUNDS


def _row(said, begin):
    return next(row for row in said["lengths"] if row["from"] == begin)


def test_packets_by_classes_of_length(tmp_path):
    frames = [ether(ipv4(tcp(b"x" * size))) for size in (0, 25, 26, 1226, 1227, 6000)]
    sizes = sorted(map(len, frames))
    said = asked(write_pcap(tmp_path / "x.pcap", frames), "lengths")
    assert sizes == [54, 79, 80, 1280, 1281, 6054]
    assert [row["packets"] for row in said["lengths"]] == [0, 0, 2, 1, 0, 0, 0, 2, 0, 1]
    assert [row["from"] for row in said["lengths"]] == list(BOUNDS)
    low = _row(said, 40)
    assert (low["to"], low["shortest"], low["longest"], low["average"], low["bytes"]) == (79, 54, 79, 66.5, 133)
    assert (_row(said, 5120)["to"], _row(said, 0)["average"]) == (None, None)
    assert [round(row["share"], 2) for row in said["lengths"] if row["packets"]] == [0.33, 0.17, 0.33, 0.17]


def test_only_what_a_filter_lets_through(tmp_path):
    path = write_pcap(tmp_path / "x.pcap", [ether(ipv4(tcp(b"", 1, 2))), ether(ipv4(tcp(b"", 3, 4)))])
    assert _row(asked(path, "lengths", only="port==3"), 40)["packets"] == 1


def test_an_empty_capture(tmp_path):
    said = asked(write_pcap(tmp_path / "x.pcap", []), "lengths")
    assert sum(row["packets"] for row in said["lengths"]) == 0

import json

import pytest

from support.commands import workbench
from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap


@pytest.fixture
def capture(tmp_path):
    turns = [request("/a.txt"), response(b"one"), request("/\x1b[31m.txt"), response(b"two")]
    return write_pcap(tmp_path / "x.pcap", tcp_frames(turns))


def test_objects_are_listed_and_move_no_cursor(capture):
    done = workbench("objects", capture)
    assert done.code == 0
    assert "/a.txt" in done.out
    assert "\x1b" not in done.out


def test_objects_are_written(capture, tmp_path):
    target = tmp_path / "found"
    told = json.loads(workbench("objects", capture, "-o", target, "--json").out)
    assert [(target / each["file"]).read_bytes() for each in told] == [b"one", b"two"]
    assert json.loads((target / "index.json").read_text())["objects"] == told
    again = workbench("objects", capture, "-o", target)
    assert (again.code, "not empty" in again.err) == (2, True)


def test_no_more_than_allowed(capture, tmp_path):
    done = workbench("objects", capture, "-o", tmp_path / "found", "--total", "5")
    assert "1 left out" in done.err
    assert "limit" in done.out


def test_a_filter(capture):
    assert [each["uri"] for each in json.loads(workbench("objects", capture, "--json", "--filter", '"a.txt"').out)] == ["/a.txt"]

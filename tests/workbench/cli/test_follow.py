import json
import subprocess
import sys

import pytest

from support.commands import workbench
from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap

BODY = b"\x1b[31mred\x00\xff"


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([request("/a"), response(BODY)]))


def test_text_moves_no_cursor(capture):
    done = workbench("follow", capture, "--stream", "tcp:0")
    assert done.code == 0
    assert "\\x1b[31mred\\x00\\xff" in done.out
    assert "\x1b" not in done.out
    assert "10.0.0.1:40000 → 10.0.0.2:8080" in done.err


def test_a_stream_is_followed_whole(capture):
    done = workbench("follow", capture, "--stream", "tcp:0", "--filter", "http")
    assert (done.code, "--filter" in done.err) == (2, True)


def test_one_direction_as_hex_and_json(capture):
    lines = workbench("follow", capture, "--format", "hex", "--direction", "to_client").out.splitlines()
    assert all(line.startswith("←") for line in lines)
    (value,) = map(json.loads, workbench("follow", capture, "--json", "--direction", "to_server").out.splitlines())
    assert bytes.fromhex(value["data"]) == request("/a")[1]


def test_raw_goes_to_a_file_or_a_pipe_and_not_to_a_terminal(capture, tmp_path):
    target = tmp_path / "raw"
    assert workbench("follow", capture, "--format", "raw", "--direction", "to_client", "-o", target).code == 0
    assert target.read_bytes() == response(BODY)[1]
    words = [sys.executable, "-m", "workbench", "follow", str(capture), "--format", "raw"]
    assert subprocess.run(words, capture_output=True, check=True).stdout == request("/a")[1] + response(BODY)[1]
    refused = workbench("follow", capture, "--format", "raw", terminal=True)
    assert (refused.code, refused.out) == (2, "")


def test_text_into_a_file(capture, tmp_path):
    target = tmp_path / "text"
    assert workbench("follow", capture, "-o", target).code == 0
    assert "GET /a HTTP/1.1" in target.read_text("utf-8")
    assert workbench("follow", capture, "-o", capture).code == 2


def test_a_layer_that_cannot_be(capture):
    done = workbench("follow", capture, "--layer", "http2")
    assert (done.code, "http2:5" in done.err) == (2, True)

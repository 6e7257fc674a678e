import pytest

from support.commands import workbench
from support.http_pairs import request, response
from support.pcap import tcp_frames, write_pcap


@pytest.fixture
def capture(tmp_path):
    return write_pcap(tmp_path / "x.pcap", tcp_frames([request("/a"), response(), request("/b"), response(status=404)]))


@pytest.mark.parametrize(("kind", "begins"), [("text", "x.pcap, tcp stream 0"), ("mermaid", "sequenceDiagram"), ("svg", "<?xml")])
def test_each_format(capture, kind, begins):
    done = workbench("diagram", capture, "--stream", "tcp:0", "--format", kind)
    assert done.code == 0
    assert done.out.startswith(begins)
    assert "GET /a" in done.out


def test_with_a_filter_beside_a_stream_only_what_matches_is_drawn(capture):
    out = workbench("diagram", capture, "--stream", "tcp:0", "--filter", "http.response.code==404").out
    assert out.count("│") == 2
    assert "404" in out


def test_a_filter_alone_finds_the_stream_and_most_bounds_it(capture):
    out = workbench("diagram", capture, "--filter", "http.response.code==404", "--most", 3).out
    assert out.count("▶") + out.count("◀") == 3
    assert "… and 1 more" in out


def test_into_a_file(capture, tmp_path):
    target = tmp_path / "d.svg"
    assert workbench("diagram", capture, "--stream", "tcp:0", "--format", "svg", "-o", target).code == 0
    assert target.read_text("utf-8").rstrip().endswith("</svg>")
    assert workbench("diagram", capture, "--stream", "tcp:9").code == 2

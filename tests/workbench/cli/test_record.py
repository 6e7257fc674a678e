import pytest

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.record import parse_endpoint, parse_ports


@pytest.mark.parametrize(
    ("text", "ports"),
    [("", ()), ("80", (80,)), ("80,443", (80, 443)), ("port 80 or port 443", (80, 443)), ("tcp port 8080", (8080,))],
)
def test_capture_filters(text, ports):
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", ["host 10.0.0.1", "port http", "0", "70000", "not port 80"])
def test_other_capture_filters_are_refused(text):
    with pytest.raises(UsageError, match="not a list of ports"):
        parse_ports(text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:80", ("::1", 80)),
        ("8080", ("127.0.0.1", 8080)),
        ("0", ("127.0.0.1", 0)),
        (":9", ("127.0.0.1", 9)),
        ("example:1", ("example", 1)),
    ],
)
def test_endpoints(text, endpoint):
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize("text", ["", "host", "host:", "host:http", "host:70000"])
def test_what_is_no_endpoint(text):
    with pytest.raises(UsageError, match="not HOST:PORT"):
        parse_endpoint(text)


def test_what_cannot_be_recorded_is_one_sentence(tmp_path):
    done = workbench("capture", "-i", "no-such-interface", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1
    done = workbench("tap", "--listen", "0", "--to", "127.0.0.1:1", "-w", tmp_path / "no" / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1
    done = workbench("tap", "--listen", "0", "--to", "192.0.2.1:80", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert "not on this machine" in done.err


def test_a_tap_ends_by_its_own_limit(tmp_path):
    done = workbench("tap", "--listen", "0", "--to", "127.0.0.1:1", "-w", tmp_path / "x.pcapng", "--seconds", "0")
    assert done.code == 0
    assert done.out.startswith("127.0.0.1:")
    assert "0 connections" in done.err
    assert (tmp_path / "x.pcapng").stat().st_size > 0


@pytest.mark.parametrize("words", [("tap", "--listen", "0", "--to", "127.0.0.1:1"), ("capture", "-i", "no-such-interface")])
def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path, words):
    path = tmp_path / "x.pcapng"
    path.write_bytes(b"precious")
    done = workbench(*words, "-w", path, "--seconds", "0")
    assert done.code == 2
    assert "is there already. Name another file with -w, or add --overwrite" in done.err
    assert path.read_bytes() == b"precious"
    if words[0] == "tap":
        assert workbench(*words, "-w", path, "--seconds", "0", "--overwrite").code == 0
        assert path.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"

import pytest

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.recording import parse_endpoint


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


@pytest.mark.parametrize("words", [("tap", "--listen", "0", "--to", "127.0.0.1:1"), ("capture", "-i", "lo")])
def test_packets_are_not_for_terminals(words):
    done = workbench(*words, "-w", "-", terminal=True)
    assert done.code == 2
    assert "-w -: stdout is a terminal. Pipe it into a program" in done.err

import pytest

from support.commands import workbench
from workbench.api import UsageError
from workbench.cli.capture import parse_ports


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


def test_what_cannot_be_captured_is_one_sentence(tmp_path):
    done = workbench("capture", "-i", "no-such-interface", "-w", tmp_path / "x.pcapng")
    assert done.code == 2
    assert done.err.count("\n") == 1

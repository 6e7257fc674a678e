import pytest

from dissectors.filters import parse_filter
from workbench.api import Field
from workbench.registry import load
from workbench.tui.field_filter import filter_for

SPECS = load().specs


def expression(node: Field) -> str:
    return filter_for(node, lambda text: parse_filter(text, SPECS))


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (Field("Source Address", 0, 4, "10.0.0.1", abbrev="ip.src"), "ip.src==10.0.0.1"),
        (Field("Source Port", 0, 2, 8080, abbrev="tcp.srcport"), "tcp.srcport==8080"),
        (Field("Request ID", 0, 8, 7, abbrev="streambus.request_id"), "streambus.request_id==7"),
        (Field("Value", 0, 8, 'say "hi" to \\all', abbrev="http.x"), 'http.x == "say \\"hi\\" to \\\\all"'),
        (Field("Text", 0, 90, "a+b" * 30, abbrev="http.x"), f'http.x contains "{"a+b" * 20}"'),
        (Field("Text", 0, 90, "no name"), '"no name"'),
        (Field("Window", 0, 2, 64, abbrev="tcp.window_size_value"), "tcp.window_size_value==64"),
        (Field("TCP", 0, 20, abbrev="tcp"), "tcp"),
        (Field("Message", 0, 20, children=(Field("x", 0, 1),), abbrev="http"), "http"),
        (Field("structure", 0, 20), ""),
        (Field("odd", 0, 20, "\x1b[31m", abbrev="nothing.known"), "nothing"),
    ],
)
def test_the_narrowest_filter_that_is_understood(node: Field, text: str):
    assert expression(node) == text
    if text:
        parse_filter(text, SPECS)

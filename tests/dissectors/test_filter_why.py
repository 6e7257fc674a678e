import pytest

from dissectors.filter_rows import Rows
from dissectors.filter_why import MOST_VALUES, why
from dissectors.filters import parse_filter
from support.filter_capture import opened
from support.messages import message
from support.toy import TOY
from workbench.api import Direction, Field

FIELDS = tuple(Field("n", 0, 1, number, abbrev="toy.number") for number in range(MOST_VALUES + 1))
MESSAGE = message(Direction.TO_SERVER, b"abc", root=Field("toy", 0, 3, None, FIELDS, "toy"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ["✓ no filter: every packet passes"]),
        ("tcp.port == 8080", ["✓ tcp.port == 8080   found 40000, 8080"]),
        ("udp.port == 1", ["✗ udp.port == 1   found nothing of that name"]),
        ("tcp.len > ip.len", ["✗ tcp.len > ip.len   found 0 and 48"]),
        ("toy.number == 3", ["✓ toy.number == 3   found 0, 1, 2, 3, 4, 5, 6, 7, …"]),
        ("'x'", ["✗ 'x'"]),
        (
            "tcp and (toy or not ip.ttl == 64)",
            [
                "✓ all of",
                "  ✓ tcp",
                "  ✓ one of",
                "    ✓ toy",
                "    ✗ not",
                "      ✓ ip.ttl == 64   found 64",
            ],
        ),
    ],
)
def test_every_term_has_its_answer_and_its_values(tmp_path, text, lines):
    with opened(tmp_path) as capture:
        told = list(why(parse_filter(text, (TOY,)), Rows(capture), 0, (MESSAGE,)))
    assert told == lines

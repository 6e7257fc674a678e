"""ACK ranges (RFC 9000 19.3.1), ECN counts, and counts that are lies."""

import pytest

from workbench.api import Field, varint
from workbench_quic.ack_frames import MOST_RANGES, read_ack
from workbench_quic.frame_items import Ack
from workbench_quic.names import NO_CODES


def ack(*numbers: int, kind: int = 2) -> bytes:
    return bytes((kind,)) + b"".join(map(varint, numbers))


def read(data: bytes) -> tuple[Ack, Field]:
    return read_ack(data, 0, 1, data[0], 0, NO_CODES)


def test_one_range():
    item, field = read(ack(10, 300, 0, 3) + b"\0")
    assert item == Ack(2, 0, 6, 10, 300, ((7, 10),))
    assert field.text == "up to 10"


def test_gaps_and_ranges_count_downwards():
    # 19.3.1: the largest of the next range is smallest - gap - 2
    item, field = read(ack(20, 0, 2, 2, 0, 4, 3, 1))
    assert item.ranges == ((18, 20), (12, 16), (6, 7))
    assert [node.value for _, node in field.walk() if node.abbrev == "quic.ack.gap"] == [0, 3]
    assert [node.text for _, node in field.walk() if node.abbrev == "quic.ack.ack_range"] == [
        "packets 12 to 16",
        "packets 6 to 7",
    ]


def test_ecn_counts():
    item, field = read(ack(5, 0, 0, 5, 7, 8, 9, kind=3))
    assert item.ecn == (7, 8, 9)
    assert field.find("quic.ack.ecn_ce_count").value == 9


@pytest.mark.parametrize(
    ("numbers", "ranges"), [((3, 0, 0, 4), ()), ((10, 0, 1, 0, 9, 0), ((10, 10),)), ((10, 0, 2, 0, 0, 9, 0, 0), ((10, 10),))]
)
def test_numbers_below_zero(numbers: tuple[int, ...], ranges: tuple[tuple[int, int], ...]):
    item, _ = read(ack(*numbers))
    assert item.broken
    assert item.ranges == ranges


def test_a_count_that_is_a_lie_is_not_counted_down():
    with pytest.raises(IndexError):
        read(ack(1 << 61, 0, 1 << 61, 0, 0, 0))


def test_so_many_ranges_are_opened_and_no_more():
    count = 3 * MOST_RANGES
    item, field = read(ack(10 * count, 0, count, 0, *[0] * (2 * count)) + b"\x01")
    assert item.end == field.end == field.children[-1].end
    assert len(item.ranges) == MOST_RANGES
    assert not item.complete
    assert len(field.children) < 2 * MOST_RANGES + 10
    assert field.children[-1].text == f"{count - MOST_RANGES + 1}, not opened"


def test_as_many_as_are_opened_are_complete():
    count = MOST_RANGES - 1
    item, _ = read(ack(10 * count, 0, count, 0, *[0] * (2 * count)))
    assert item.complete
    assert len(item.ranges) == MOST_RANGES

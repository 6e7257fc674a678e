from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.field_literals import bounds, hex_bytes, network, number, span_ns, time_ns


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", 80),
        ("0x50", 80),
        ("-3", -3),
        ("0b11", 3),
        ("010", 8),
        ("08", 8),
        ("", None),
        ("1.5", None),
        ("x", None),
        ("9" * 1_001, None),
    ],
)
def test_numbers(text, value):
    assert number(text) == value


@given(st.integers(0, 1 << 70))
def test_numbers_read_back(value):
    assert number(str(value)) == number(hex(value)) == value


def test_ranges():
    assert bounds("8000-8099") == (8000, 8099)
    assert bounds("7") == (7, 7)
    assert bounds("-7") == (-7, -7)
    assert bounds("1-") is bounds("a-b") is None


def test_networks():
    assert str(network("10.1.2.3/8")) == "10.0.0.0/8"
    assert str(network("2001:db8::1")) == "2001:db8::1/128"
    assert network("10.0.0.300") is None


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("47:45:54", b"GET"),
        ("474554", b"GET"),
        ("47-45", b"GE"),
        ("0x16", b"\x16"),
        ("2", b"\x02"),
        ("xyz", None),
        ("123", None),
    ],
)
def test_bytes(text, raw):
    assert hex_bytes(text) == raw


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 500_000_000), ("5ms", 5_000_000), ("-1", -1_000_000_000), ("1e-3", 1_000_000), ("x", None)]
)
def test_spans(text, value):
    assert span_ns(text) == value


def test_moments():
    moment = int(datetime(2024, 1, 31, 12, 0, 0, tzinfo=UTC).timestamp()) * 1_000_000_000
    assert time_ns("2024-01-31 12:00:00Z") == moment
    assert time_ns("2024-01-31T12:00:00.5+00:00") == moment + 500_000_000
    assert time_ns("2024-01-31 12:00:00.000000001Z") == moment + 1
    local = int(datetime(2024, 1, 31, 12).timestamp()) * 1_000_000_000  # noqa: DTZ001 - the local time is meant
    assert time_ns("Jan 31, 2024 12:00:00") == time_ns("2024/01/31 12:00:00") == time_ns("2024-01-31 12:00:00") == local
    assert time_ns("1.5") == 1_500_000_000
    assert time_ns("yesterday") is None
    assert time_ns("0001-01-01 00:00:00") is None or time_ns("0001-01-01 00:00:00") < 0


@given(st.text(max_size=20))
def test_whatever_is_typed(text):
    for read in (number, bounds, network, hex_bytes, span_ns, time_ns):
        read(text)

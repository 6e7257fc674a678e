import pytest

from workbench.reporting.units import cell_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "count", ""),
        (1234567, "count", "1,234,567"),
        (999, "bytes", "999 bytes"),
        (1500, "bytes", "1.5 kB"),
        (2.5e12, "bytes", "2.5 TB"),
        (0, "ns", "0 ns"),
        (999, "ns", "999 ns"),
        (51_234, "ns", "51.2 µs"),
        (9_996_000, "ns", "10.0 ms"),
        (999_400_000, "ns", "999 ms"),
        (4.561e9, "ns", "4.56 s"),
        (999.6e9, "ns", "16.7 min"),
        (3.66e12, "ns", "1 h 01 min"),
        (-1500, "ns", "-1.50 µs"),
        (0.1234, "share", "12.3 %"),
        (12.5, "rate", "12.50/s"),
        (2_000_000, "bytes_rate", "2.0 MB/s"),
        (12, "packet", "#12"),
        (0.00123, "number", "0.00123"),
        (1_700_000_000_000_000_000, "time_ns", "2023-11-14 22:13:20.000000 UTC"),
        ("a\x1b[31m‮b", "text", "a\\x1b[31m\\u202eb"),
        ("evil\n", "address", "evil\\n"),
    ],
)
def test_values_as_people_read_them(value, unit, text):
    assert cell_text(value, unit) == text


def test_any_time_can_be_said():
    assert cell_text(1 << 70, "time_ns").endswith("s after 1970")

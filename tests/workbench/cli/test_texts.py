import pytest

from workbench.cli.texts import link_name, milliseconds, size, when


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_950, "1.0 MB"), (2_500_000, "2.5 MB"), (7 * 10**12, "7.0 TB")],
)
def test_sizes(count, text):
    assert size(count) == text


def test_times():
    assert when(0) == "1970-01-01 00:00:00.000000 UTC"
    assert when(1_700_000_000_123_456_789) == "2023-11-14 22:13:20.123456 UTC"
    assert when(10**22) == "10000000000000.000000000 s after 1970"
    assert when(-1_500_000_000).startswith("1969-12-31 23:59:58.5")
    assert milliseconds(1_234_567) == "1.235 ms"


def test_link_types():
    assert link_name(1) == "Ethernet"
    assert link_name(999) == "link type 999"

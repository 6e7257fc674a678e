import pytest

from captures.times import epoch_text


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "0.000000000"),
        (1, "0.000000001"),
        (1_700_000_000_123_456_789, "1700000000.123456789"),
        (-1, "-0.000000001"),
        (-1_500_000_000, "-1.500000000"),
    ],
)
def test_all_nine_decimals_and_the_sign(time_ns, text):
    assert epoch_text(time_ns) == text

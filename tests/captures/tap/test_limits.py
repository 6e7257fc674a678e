import resource

from captures.tap.limits import CHUNK, TapLimits


def test_the_default_fits_into_the_descriptors_of_a_process():
    limits, usual = TapLimits(), 1024
    assert 2 * limits.connections + 64 < usual
    assert limits.sessions + 64 < usual
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= usual


def test_all_connections_together_stay_within_reason():
    """Each holds a piece in each direction, and as much of its own words as may wait."""
    from captures.tap.connection import MOST_OWN

    assert TapLimits().connections * (2 * CHUNK + 2 * MOST_OWN) <= 256 << 20

from fuzzers.events import Stats


def test_the_rate_counts_everything():
    assert Stats(cases=300, seconds=1.5).rate == 200.0
    assert Stats().rate == 0.0

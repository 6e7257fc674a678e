from captures.tap.facts import Asked, TapCounters, Trouble, nobody_listens
from workbench.api import Endpoint


def test_targets_read_like_addresses():
    assert str(Asked("example.test", 443)) == "example.test:443"
    assert str(Asked("::1", 80, "::1")) == "[::1]:80"


def test_nothing_has_happened_yet():
    assert set(vars_of(TapCounters())) == {0}


def vars_of(counters: TapCounters) -> list[int]:
    return [getattr(counters, name) for name in TapCounters.__slots__]


def test_nobody_has_to_listen():
    assert nobody_listens(Trouble(Endpoint("127.0.0.1", 1), "x", "y")) is None

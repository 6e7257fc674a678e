"""Limits are listed; those of connections are reached in `test_connection`, `test_connections` and `test_inside`."""

from workbench_quic import limits


def test_every_limit_is_listed():
    assert set(limits.__all__) == {name for name in vars(limits) if name.isupper()}

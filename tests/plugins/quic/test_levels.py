"""Levels: their order, and the packet number spaces behind them."""

from workbench_quic.levels import Level
from workbench_quic.observed import SPACES


def test_levels_are_in_the_order_in_which_a_connection_comes_to_them():
    assert sorted(Level) == [Level.INITIAL, Level.EARLY, Level.HANDSHAKE, Level.ONE_RTT]


def test_early_and_late_application_data_share_a_space():
    assert SPACES[Level.EARLY] == SPACES[Level.ONE_RTT]
    assert len({SPACES[level] for level in Level}) == 3

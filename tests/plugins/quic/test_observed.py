"""Levels and their packet number spaces (RFC 9000 12.3)."""

from workbench_quic.levels import Level
from workbench_quic.observed import SPACES


def test_early_data_count_with_what_follows_the_handshake():
    assert SPACES[Level.EARLY] == SPACES[Level.ONE_RTT]
    assert len({SPACES[level] for level in Level}) == 3

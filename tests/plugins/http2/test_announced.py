"""Settings between announcement and acknowledgement (RFC 9113 6.5.3)."""

from workbench_http2.announced import Announced
from workbench_http2.limits import MAX_PENDING_SETTINGS
from workbench_http2.names import Setting

WINDOW = Setting.INITIAL_WINDOW_SIZE


def test_both_values_are_possible_until_the_acknowledgement():
    announced = Announced()
    announced.announce([(WINDOW, 10)])
    assert (announced.largest(WINDOW), announced.newest(WINDOW)) == (65_535, 10)
    assert announced.acknowledge()
    assert announced.largest(WINDOW) == 10
    announced.announce([(WINDOW, 20)])
    assert announced.largest(WINDOW) == 20
    assert announced.acknowledge()
    assert not announced.acknowledge()


def test_of_two_values_in_a_frame_the_last_counts():
    announced = Announced()
    announced.announce([(WINDOW, 10), (WINDOW, 20), (0xABCD, 1)])
    announced.acknowledge()
    assert announced.largest(WINDOW) == 20


def test_frames_that_nobody_acknowledges_are_forgotten():
    announced = Announced()
    for value in range(100):
        announced.announce([(WINDOW, value)])
    assert sum(announced.acknowledge() for _ in range(100)) == MAX_PENDING_SETTINGS
    assert announced.frames == 100

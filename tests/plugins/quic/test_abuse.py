"""Floods are told at their threshold and at each doubling; ordinary behaviour is not."""

import pytest

from support.quic_packets import CLIENT, SERVER
from workbench_quic.abuse import ID_FLOOD, PATH_FLOOD, PING_FLOOD, RESET_FLOOD, TINY, TINY_CRYPTO, Watch
from workbench_quic.frame_items import Crypto, Item, Numbers, Plain
from workbench_quic.frame_types import Type


def told(watch: Watch, item: Item, times: int) -> list[int]:
    """After how many of these something was said."""
    return [count for count in range(1, times + 1) if list(watch.see(CLIENT, item))]


@pytest.mark.parametrize(
    ("item", "threshold"),
    [
        (Plain(Type.NEW_CONNECTION_ID, 0, 1), ID_FLOOD),
        (Numbers(Type.RETIRE_CONNECTION_ID, 0, 1, (0,)), ID_FLOOD),
        (Plain(Type.PATH_CHALLENGE, 0, 1), PATH_FLOOD),
        (Plain(Type.PING, 0, 1), PING_FLOOD),
        (Numbers(Type.RESET_STREAM, 0, 1, (0, 0, 0)), RESET_FLOOD),
        (Numbers(Type.STOP_SENDING, 0, 1, (0, 0)), RESET_FLOOD),
        (Crypto(Type.CRYPTO, 0, 1, 0, b"x" * TINY), TINY_CRYPTO),
    ],
)
def test_floods(item: Item, threshold: int):
    assert told(Watch(), item, 5 * threshold) == [threshold, 2 * threshold, 4 * threshold]


def test_progress_begins_the_count_anew():
    watch = Watch()
    ping = Plain(Type.PING, 0, 1)
    for _ in range(5):
        assert told(watch, ping, PING_FLOOD - 1) == []
        watch.stream(SERVER)


def test_resets_of_one_who_is_answered_are_no_flood():
    watch = Watch()
    reset = Numbers(Type.RESET_STREAM, 0, 1, (0, 0, 0))
    for _ in range(5):
        assert told(watch, reset, RESET_FLOOD - 1) == []
        watch.stream(SERVER)
    assert told(watch, reset, RESET_FLOOD - 1) == []
    watch.stream(CLIENT)
    assert told(watch, reset, 1) == [1], "the sender's own data are no answer"


def test_crypto_of_ordinary_size_is_no_flood():
    assert told(Watch(), Crypto(Type.CRYPTO, 0, 1, 0, b"x" * (TINY + 1)), 1000) == []

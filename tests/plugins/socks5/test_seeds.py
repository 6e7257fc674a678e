import pytest

from support.socks5 import UP, heard
from workbench_socks5.seeds import SEEDS, TOKENS, request, request4


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_each_seed_is_a_session(seed):
    messages = heard(*((UP, data) for data in seed.messages))
    assert [message.raw for message in messages] == list(seed.messages)
    assert all(message.label for message in messages)


def test_every_command_and_address_type_occurs():
    requests = [seed.messages[1] for seed in SEEDS if len(seed.messages) > 1]
    assert {data[1] for data in requests} >= {1, 2, 3}
    assert {data[3] for data in requests} == {1, 3, 4}


def test_requests_are_the_rfcs_bytes():
    assert request(1, b"ab", 80) == b"\5\1\0\3\2ab\0\x50"
    assert request4(1, b"ab", 80, b"u") == b"\4\1\0\x50\0\0\0\1u\0ab\0"
    assert all(TOKENS)

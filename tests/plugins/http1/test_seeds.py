"""Seeds are clean, each message complete; the secret is in its session and nowhere else."""

import pytest

from support.http1 import CLIENT, assert_tiled, messages
from workbench_http1.seeds import SECRET, SEEDS, TOKENS


@pytest.mark.parametrize("seed", [*SEEDS, SECRET.session], ids=lambda seed: seed.name)
def test_each_message_is_one_clean_message(seed):
    found = messages(*((CLIENT, data) for data in seed.messages))
    assert [message.raw for message in found] == list(seed.messages)
    assert [message.notes for message in found] == [()] * len(found)
    assert_tiled(found)


def test_secret_is_no_one_elses():
    assert SECRET.token in SECRET.session.messages[0]
    assert not any(SECRET.token in data for seed in SEEDS for data in seed.messages)


def test_names_and_tokens_are_unique():
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert len(set(TOKENS)) == len(TOKENS)

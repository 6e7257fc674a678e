"""Seeds are clean, each message one frame; the secret is in its session and nowhere else."""

import pytest

from dissectors.engine import converse
from workbench.api import Direction
from workbench_http2 import PROTOCOL
from workbench_http2.seeds import SECRET, SEEDS, TOKENS
from workbench_http2.server_frames import PREFACE, FrameType, cut


@pytest.mark.parametrize("seed", [*SEEDS, SECRET.session], ids=lambda seed: seed.name)
def test_each_message_is_one_clean_frame(seed):
    assert seed.messages[0] == PREFACE
    frames = [list(cut(bytearray(data))) for data in seed.messages[1:]]
    assert [len(found) for found in frames] == [1] * len(frames)
    assert frames[0][0].type == FrameType.SETTINGS
    found = converse(PROTOCOL, [(Direction.TO_SERVER, data) for data in seed.messages])
    assert [message.raw for message in found] == list(seed.messages)
    assert [message.errors for message in found] == [()] * len(found)


def test_every_frame_type_that_a_client_may_send_is_there():
    kinds = {data[3] for seed in SEEDS for data in seed.messages[1:]}
    assert kinds >= {kind for kind in FrameType if kind is not FrameType.PUSH_PROMISE}


def test_secret_is_no_one_elses():
    assert any(SECRET.token in data for data in SECRET.session.messages)
    assert not any(SECRET.token in data for seed in SEEDS for data in seed.messages)


def test_names_and_tokens_are_unique():
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert len(set(TOKENS)) == len(TOKENS)

from support.websocket import CLIENT, decode, sections
from workbench_websocket.seeds import SECRET, SEEDS, TOKENS


def test_the_seeds_hold_every_kind_of_frame():
    said = {message.label for seed in SEEDS for message in decode(*((CLIENT, data) for data in seed.messages))}
    assert said >= {
        "handshake", "text", "binary", "text begins", "binary begins", "continuation", "continuation ends", "close", "ping", "pong",
    }  # fmt: skip


def test_only_the_old_version_is_remarkable():
    noted = {seed.name for seed in SEEDS for message in decode(*((CLIENT, data) for data in seed.messages)) if sections(message)}
    assert noted == set()


def test_tokens_and_secret():
    assert len(set(TOKENS)) == len(TOKENS)
    assert len(SECRET.token) > 8

"""The seeds are what they say."""

from support.tls import read
from workbench_tls.seeds import SEEDS, TOKENS


def hello(name: str) -> dict[str, object]:
    return read(next(seed for seed in SEEDS if seed.name == name).messages[0][5:]).value


def kinds(name: str) -> set[int]:
    return {item["type"] for item in hello(name).get("extensions", [])}


def test_they_cover_what_clients_do():
    assert {0, 16, 43, 51} <= kinds("OpenSSL, TLS 1.3")
    assert 43 not in kinds("OpenSSL, TLS 1.2")
    assert hello("OpenSSL, TLS 1.0")["version"] == 0x0301
    assert {65037, 27} <= kinds("Chromium")
    assert 41 in kinds("resumption")
    assert {41, 42} <= kinds("early data")


def test_each_message_is_one_record():
    for seed in SEEDS:
        for message in seed.messages:
            assert len(message) == 5 + int.from_bytes(message[3:5], "big")


def test_tokens_are_short_enough_to_be_put_anywhere():
    assert all(0 < len(token) <= 16 for token in TOKENS)

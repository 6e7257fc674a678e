"""The seeds of the handshake inside QUIC are what they say."""

from support.tls import read
from workbench_tls.unrecorded_seeds import HINTS, SEEDS


def parameters(name: str) -> set[int]:
    value = read(next(seed for seed in SEEDS if seed.name == name).messages[0]).value
    return {item["parameter_type"] for extension in value["extensions"] for item in extension.get("quic_parameters", ())}


def test_they_cover_what_clients_send():
    assert {0x01, 0x04, 0x0F, 0x11, 0x20} <= parameters("aioquic")
    assert {0x2AB2, 0x0F} <= parameters("ngtcp2")


def test_each_is_one_whole_hello_of_quic():
    for seed in SEEDS:
        (message,) = seed.messages
        found = read(message)
        assert found.name == "client_hello"
        assert 57 in {item["type"] for item in found.value["extensions"]}


def test_tokens_are_short_enough_to_be_put_anywhere():
    assert all(0 < len(token) <= 16 for token in HINTS.tokens)

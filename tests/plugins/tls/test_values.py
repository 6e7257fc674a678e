"""Values of records, and the way back."""

import copy
from dataclasses import replace

import pytest

from fuzzers.mutators.change import located
from support.tls import CLIENT, SERVER, certificate_der, client_hello, extension, handshake, messages, record, server_hello
from workbench_tls.seeds import SEEDS
from workbench_tls.values import encode


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds_are_rebuilt(seed):
    found = messages([(CLIENT, raw) for raw in seed.messages])
    assert [encode(message) for message in found] == list(seed.messages)


def test_a_flight_in_one_record_is_rebuilt():
    """Each message is built with what was agreed on when it was read."""
    chain = certificate_der()
    entry = len(chain).to_bytes(3, "big") + chain
    keys = handshake(12, bytes.fromhex("03001d0401020304080400020a0b"))
    flight = server_hello() + handshake(11, len(entry).to_bytes(3, "big") + entry) + keys + handshake(14, b"")
    _, message = messages([(CLIENT, record(22, client_hello())), (SERVER, record(22, flight))])
    assert message.label == "server_hello+certificate+server_key_exchange+server_hello_done"
    assert encode(message) == message.raw


def test_changed_values_are_built_with_right_lengths():
    (message,) = messages([(CLIENT, record(22, client_hello(extension(16, b"\0\3\2h2"))))])
    value = copy.deepcopy(message.value)
    value["messages"][0]["ciphersuites"] += [0x1302, 0x1303]
    (again,) = messages([(CLIENT, encode(replace(message, value=value)))])
    assert again.value["messages"][0]["ciphersuites"] == value["messages"][0]["ciphersuites"]
    assert again.errors == ()


def test_fields_are_found_by_their_path_in_the_value():
    """The fuzzer patches bytes where building is not wanted."""
    (message,) = messages([(CLIENT, record(22, client_hello(extension(16, b"\0\3\2h2"))))])
    path = ("messages", 0, "extensions", 0, "extensions_alpn_list", 0, "extensions_alpn_str")
    assert message.bytes_of(located(message.root, path)) == b"h2"
    assert message.bytes_of(located(message.root, ("messages", 0, "random"))) == bytes(range(32))
    assert message.bytes_of(located(message.root, ("messages", 0, "ciphersuites", 1))) == b"\xc0\x2b"


def test_what_is_not_whole_cannot_be_built():
    (message,) = messages([(CLIENT, record(22, client_hello())[:-1])])
    with pytest.raises(ValueError, match="not whole"):
        encode(message)

"""Handshake messages: trees, values, and back."""

import pytest
from construct import ConstructError
from hypothesis import given
from hypothesis import strategies as st

from dissectors.tracing import trace
from support.tls import client_hello, extension, handshake, read, server_hello
from workbench_tls.bodies import Agreed
from workbench_tls.handshake import HEADER, RETRY_RANDOM, build_handshake, read_handshake
from workbench_tls.limits import MAX_EXTENSIONS, MAX_FIELDS
from workbench_tls.seeds import SEEDS

KINDS = (*range(27), 67, 203, 254)


HELLOS = [seed for seed in SEEDS if seed.messages[0][0] == 22]
"""One seed begins with a heartbeat."""


def hellos() -> list[bytes]:
    return [seed.messages[0][5:] for seed in HELLOS]


@pytest.mark.parametrize("seed", HELLOS, ids=lambda seed: seed.name)
def test_recorded_hellos_are_understood_whole_and_rebuilt(seed):
    data = seed.messages[0][5:]
    found = read(data)
    assert found.sound
    assert [node.error for _, node in found.field.walk() if node.error] == []
    assert build_handshake(found.value, Agreed()) == data


def test_changed_values_get_their_lengths_repaired():
    value = read(client_hello(extension(16, b"\0\3\2h2"))).value
    value["extensions"][0]["extensions_alpn_list"].append({"extensions_alpn_str": b"http/1.1"})
    value["session_id"] = b"longer"
    again = read(build_handshake(value, Agreed()))
    assert again.sound
    assert again.value["session_id_length"] == 6
    assert [item["extensions_alpn_str"] for item in again.value["extensions"][0]["extensions_alpn_list"]] == [b"h2", b"http/1.1"]


def test_a_hello_without_extensions_is_rebuilt_without():
    """RFC 5246 7.4.1.2."""
    data = handshake(1, b"\x03\x01" + bytes(32) + b"\0\0\2\0\5\1\0")
    found = read(data)
    assert "extensions" not in found.value
    assert build_handshake(found.value, Agreed()) == data


def test_a_retry_has_its_own_name():
    """RFC 8446 4.1.3."""
    assert read(server_hello(random=RETRY_RANDOM)).name == "hello_retry_request"
    assert read(server_hello()).name == "server_hello"


def test_places_follow_base_and_view():
    found = read(client_hello())
    moved = read_handshake(trace, client_hello(), Agreed(), 1000, 3).field
    for (_, here), (_, there) in zip(found.field.walk(), moved.walk(), strict=True):
        assert (there.start, there.end, there.view) == (here.start + 1000, here.end + 1000, 3)


def test_bytes_behind_the_body_are_an_error():
    data = handshake(24, b"\1\2")
    found = read(data)
    assert not found.sound
    assert found.value == {"type": 24, "length": 2, "data": b"\1\2"}
    assert "1 bytes fit no field" in [node.error for _, node in found.field.walk()]
    assert build_handshake(found.value, Agreed()) == data


def test_a_value_that_fits_no_layout_is_refused():
    with pytest.raises((ConstructError, KeyError)):
        build_handshake({"type": 1, "length": 0}, Agreed())
    with pytest.raises(ConstructError):
        build_handshake({"type": 99, "length": 0}, Agreed())


def test_thousands_of_extensions_are_cut():
    many = client_hello(*(extension(number, b"x") for number in range(10_000)))
    found = read(many)
    assert sum(1 for _ in found.field.walk()) <= MAX_FIELDS + 64
    assert build_handshake(found.value, Agreed()) == many


def test_only_so_many_extensions_are_opened():
    kept = read(client_hello(*[extension(16, b"\0\3\2h2")] * (MAX_EXTENSIONS + 5))).value["extensions"]
    assert "data" in kept[-1]
    assert "data" not in kept[0]


@given(
    st.sampled_from(KINDS),
    st.binary(max_size=300),
    st.sampled_from((0, 0x0300, 0x0301, 0x0303, 0x0304)),
    st.sampled_from((0, 0x2F, 0xC02F)),
)
def test_arbitrary_bodies_never_raise_nest_and_rebuild(kind, body, version, suite):
    data = handshake(kind, body)
    found = read(data, version=version, suite=suite)
    _check_nesting(found.field, len(data))
    if found.sound:
        assert build_handshake(found.value, Agreed(version, suite)) == data


@given(st.data())
def test_spoilt_hellos_never_raise_nest_and_rebuild(data):
    body = bytearray(data.draw(st.sampled_from(hellos()))[HEADER:])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    whole = handshake(1, bytes(body[: data.draw(st.integers(0, len(body)))]))
    found = read(whole)
    _check_nesting(found.field, len(whole))
    assert build_handshake(found.value, Agreed()) == whole


def _check_nesting(root, size):
    stack = [(root, 0, size)]
    while stack:
        node, first, last = stack.pop()
        assert first <= node.start <= node.end <= last, node
        stack += [(child, node.start, node.end) for child in node.children]

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_tls.hello_text import HelloText, editing, handshake, record, sized
from workbench_tls.seeds import SEEDS
from workbench_tls.unrecorded_seeds import SEEDS as UNRECORDED

CANDIDATES = [seed for seed in (*SEEDS, *UNRECORDED) if seed.messages[0][0] != 24]
"""One seed begins with a heartbeat."""
HELLOS = [seed.messages[0] for seed in CANDIDATES]


@pytest.mark.parametrize("raw", HELLOS, ids=[seed.name for seed in CANDIDATES])
def test_hellos_are_taken_apart_and_put_together(raw):
    hello = HelloText.of(raw)
    assert hello is not None
    assert bytes(hello) == raw
    assert hello.recorded == (raw[0] == 22)


@given(st.sampled_from(HELLOS), st.integers(0, 3000), st.binary(max_size=4))
def test_what_is_no_whole_hello_is_none_and_what_is_comes_back(raw, at, noise):
    changed = raw[:at] + noise + raw[at + len(noise) :]
    hello = HelloText.of(changed)
    assert hello is None or bytes(hello) == changed
    assert HelloText.of(raw[:at]) is None or at >= len(raw)


def test_an_extension_is_replaced_or_added():
    hello = HelloText.of(HELLOS[0])
    assert hello is not None
    assert dict(hello.having(0, b"x").extensions or ())[0] == b"x"
    added = hello.having(0xAAAA, b"y").extensions
    assert added == (*(hello.extensions or ()), (0xAAAA, b"y"))


def test_lengths_are_right_cut_or_as_asked_for():
    assert sized(b"abc", 2) == b"\0\3abc"
    assert sized(b"x" * 300, 1) == b"\xff" + b"x" * 255
    assert record(b"ab", length=70_000)[3:] == (70_000 & 0xFFFF).to_bytes(2, "big") + b"ab"
    assert handshake(1, b"ab") == b"\1\0\0\2ab"


def test_the_first_hello_of_a_session_is_edited():
    change = editing(lambda hello, _: (hello.having(0xAAAA, b"y"), "one more"))
    found = change([b"noise", HELLOS[0]], Random(1))
    assert found is not None
    assert (found.message, found.messages[0]) == (1, b"noise")
    assert b"\xaa\xaa\0\1y" in found.messages[1]
    assert change([b"noise"], Random(1)) is None

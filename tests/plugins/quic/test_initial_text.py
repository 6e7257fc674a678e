from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_quic.initial_text import SMALLEST, InitialText, editing
from workbench_quic.seeds import SEEDS

HELLO = SEEDS[0].messages[0]
INITIALS = [(seed.name, raw) for seed in SEEDS for raw in seed.messages if InitialText.of(raw) is not None]


def test_most_seeds_begin_with_a_packet_that_everybody_can_open():
    assert {seed.name for seed in SEEDS if InitialText.of(seed.messages[0]) is None} == {
        "a version that nobody speaks",
        "a version that nobody speaks, then one that is known",
    }


@pytest.mark.parametrize(("name", "raw"), INITIALS, ids=[f"{name} {place}" for place, (name, _) in enumerate(INITIALS)])
def test_what_is_sealed_again_is_opened_again(name, raw):
    packet = InitialText.of(raw)
    assert packet is not None
    again = InitialText.of(bytes(packet))
    assert again is not None
    assert replace(again, size=packet.size) == packet
    assert len(raw) <= again.size <= len(raw) + 5  # numbers take four bytes each in what we write
    changed = replace(packet, frames=b"\1\1\1", token=b"t" * 70, number=77, size=0)
    assert InitialText.of(bytes(changed)) == replace(changed, size=len(bytes(changed)))


@given(st.binary(max_size=80), st.integers(0, 1199))
def test_what_cannot_be_opened_is_none(noise, at):
    assert InitialText.of(noise) is None
    spoilt = HELLO[:at] + bytes([HELLO[at] ^ 0xFF]) + HELLO[at + 1 :]
    assert InitialText.of(spoilt) is None
    assert InitialText.of(HELLO[:at]) is None


def test_lengths_and_bits_can_be_wrong():
    packet = InitialText.of(HELLO)
    assert packet is not None
    assert InitialText.of(packet.sealed(length=1)) is None
    assert packet.sealed(first=0x40)[0] & 0x40 == 0
    assert len(bytes(packet.saying(b"\1"))) == SMALLEST


def test_a_packet_is_edited_in_its_place_or_said_behind_it():
    change = editing(lambda packet, _: (packet.saying(b"\1"), "a ping"), more=0.5)
    found = [change([b"noise", HELLO], Random(seed)) for seed in range(20)]
    assert {len(each.messages) for each in found if each is not None} == {2, 3}
    for each in found:
        assert each is not None
        packet = InitialText.of(each.messages[each.message])
        assert packet is not None
        assert packet.frames == b"\1"
        assert packet.number == (0 if len(each.messages) == 2 else 2)
    assert change([b"noise"], Random(1)) is None

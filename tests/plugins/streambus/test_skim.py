"""Invariant: what is skimmed is what the decoder says, letter by letter; what is broken is not skimmed."""

import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.skims import Turns, decoded, skimmed
from workbench.api import Direction, ServerOptions
from workbench_streambus import PROTOCOL
from workbench_streambus.grammar import ERROR_CODES, REQUEST_TYPES, RESPONSE, STATUSES
from workbench_streambus.seeds import SEEDS, request
from workbench_streambus.server import server

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def talk(requests: Sequence[bytes]) -> Turns:
    """A client and the reference server in turns."""
    connection = server(ServerOptions())()
    turns = []
    for data in requests:
        turns += [(UP, data), (DOWN, connection.receive(data))]
    return [turn for turn in turns if turn[1]]


def counting_itself(message: bytes) -> bytes:
    """The same message from an old peer (section 7.4)."""
    body = (len(message)).to_bytes(4, "big") + message[4:-4]
    return body + zlib.crc32(body).to_bytes(4, "big")


def reply(number: int, kind: int, status: int, code: int, payload: Any) -> bytes:
    value = {"request_id": number, "status": status, "error_code": code, "payload": payload}
    return bytes(RESPONSE.build(value, request_type=kind))


def _assert_same(turns: Turns) -> None:
    found = skimmed(PROTOCOL, turns)
    assert found == decoded(PROTOCOL, turns)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds_and_their_replies(seed):
    _assert_same(talk(seed.messages))
    _assert_same([(way, counting_itself(data)) for way, data in talk(seed.messages)])


IDS = st.integers(0, 5) | st.integers(0, (1 << 64) - 1)
TEXT = st.text(max_size=6).map(lambda text: len(text.encode()).to_bytes(2, "big") + text.encode())
PAYLOADS = st.lists(
    st.binary(max_size=9) | TEXT | st.integers(0, 3).map(lambda n: n.to_bytes(4, "big")) | st.just(bytes(8)), max_size=9
).map(b"".join)
REQUESTS = st.builds(
    lambda *values: (UP, request(*values[:3], version=values[3], flags=values[4])),
    IDS,
    st.integers(0, 9),
    PAYLOADS,
    st.integers(0, 2),
    st.sampled_from((0, 1, 0x100, 0xFFFF)),
)
REPLIES = st.builds(
    lambda *values: (DOWN, reply(*values)), IDS, st.just(0), st.integers(0, 3), st.integers(0, 8) | st.just(256), PAYLOADS
)
GOOD = st.lists(REQUESTS | REPLIES, max_size=8)


@st.composite
def conversations(draw: st.DrawFn) -> Turns:
    """Any sound messages; some of old peers, some with the same ids, many that fit no layout."""
    return [(way, counting_itself(data) if draw(st.booleans()) else data) for way, data in draw(GOOD)]


@settings(max_examples=400, deadline=None)
@given(conversations())
def test_any_sound_conversation(turns: Turns):
    found = skimmed(PROTOCOL, turns)
    assert found is None or found == decoded(PROTOCOL, turns)


@settings(max_examples=150, deadline=None)
@given(conversations(), st.integers(1, 30))
def test_split_anywhere(turns: Turns, size: int):
    pieces = [(way, data[at : at + size]) for way, data in turns for at in range(0, len(data), size)]
    found = skimmed(PROTOCOL, pieces)
    assert found is None or found == decoded(PROTOCOL, pieces)


@settings(max_examples=150, deadline=None)
@given(conversations(), st.integers(0, 400), st.integers(1, 255))
def test_spoilt_anywhere(turns: Turns, place: int, change: int):
    spoilt = []
    for way, data in turns:
        if 0 <= place < len(data):
            data = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
        place -= len(data)
        spoilt.append((way, data))
    found = skimmed(PROTOCOL, spoilt)
    assert found is None or found == decoded(PROTOCOL, spoilt)


def test_distinct_ids_are_not_left_to_the_decoder():
    payloads = (b"", b"opaque", b"\0\0\0\7", bytes(12), bytes(16))
    asked = [(UP, request(n + 1, kind, data)) for n, (kind, data) in enumerate((k, p) for k in range(9) for p in payloads)]
    answered = [
        (DOWN, reply(n + 1, 0, status, code, data))
        for n, (status, code, data) in enumerate((s, c, p) for s in STATUSES.values() for c in (0, 4, 256) for p in payloads)
    ]
    _assert_same([*asked, *answered])
    _assert_same([turn for pair in zip(asked, answered, strict=True) for turn in pair])
    _assert_same([*answered, *asked])


def test_a_reply_that_comes_before_its_request():
    early = reply(7, 0, 0, ERROR_CODES["none"], bytes(12))
    late = request(7, REQUEST_TYPES["Produce"], bytes(8))
    _assert_same([(DOWN, early), (UP, late), (DOWN, early)])


@pytest.mark.parametrize(
    "turns",
    [
        [(UP, SEEDS[0].messages[0][:-1])],
        [(UP, SEEDS[0].messages[0] + b"\0")],
        [(UP, SEEDS[0].messages[0][:-1] + b"\0")],
        [(UP, request(1, 1, b"a")), (UP, request(1, 2, b"b")), (DOWN, reply(1, 0, 0, 0, b""))],
        [(UP, bytes(40))],
    ],
    ids=["cut off", "a byte too much", "wrong checksum", "an id used twice", "no length"],
)
def test_left_to_the_decoder(turns: Turns):
    assert skimmed(PROTOCOL, turns) is None


def test_nothing_is_nothing():
    assert skimmed(PROTOCOL, []) == [[], []]

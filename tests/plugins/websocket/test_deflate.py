"""RFC 7692 7.2, with the examples of 7.2.3."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.shared import shared_captures
from workbench_websocket.deflate import Deflater, Inflater
from workbench_websocket.frames import read_head

PLENTY = 1 << 20


def inflate(inflater, *messages):
    found = [inflater.message(bytes.fromhex(message), PLENTY) for message in messages]
    assert all(not one.trouble for one in found)
    return [one.data for one in found]


@pytest.mark.parametrize(
    ("messages", "texts"),
    [
        (["f248cdc9c90700"], [b"Hello"]),  # 7.2.3.1
        (["f248cdc9c90700", "f200110000"], [b"Hello", b"Hello"]),  # 7.2.3.2
        (["000500faff48656c6c6f00"], [b"Hello"]),  # 7.2.3.3
        (["f348cdc9c9070000"], [b"Hello"]),  # 7.2.3.4
        (["f24805000000ffffcac9c90700"], [b"Hello"]),  # 7.2.3.5
        (["00"], [b""]),  # 7.2.3.6
    ],
)
def test_examples_of_the_specification(messages, texts):
    assert inflate(Inflater(), *messages) == texts


def test_the_window_outlives_a_last_block():
    assert inflate(Inflater(), "f348cdc9c9070000", "f200110000") == [b"Hello", b"Hello"]


def test_the_shared_vectors():
    vectors = json.loads((shared_captures() / "rfc-vectors" / "websocket.json").read_text())
    for vector in vectors["permessage_deflate_messages"]:
        texts = [vector["text"]] if isinstance(vector["text"], str) else vector["text"]
        messages, content = [], b""
        for frame in map(bytes.fromhex, vector["frames"]):
            head = read_head(frame)
            content += frame[head.size :]
            if head.fin:
                messages.append(content.hex())
                content = b""
        assert inflate(Inflater(), *messages) == [text.encode() for text in texts]


@given(st.lists(st.binary(max_size=2000), max_size=6), st.integers(9, 15), st.booleans())
def test_there_and_back(messages, bits, takeover):
    deflater, inflater = Deflater(bits, takeover=takeover), Inflater(bits, takeover=takeover)
    for message in messages:
        assert inflater.message(deflater.message(message), PLENTY).data == message


def test_taking_over_pays():
    text = b"the same text with some length, again and again"
    with_, without = Deflater(), Deflater(takeover=False)
    assert [len(with_.message(text)) for _ in range(2)][1] < [len(without.message(text)) for _ in range(2)][1]


def test_a_bomb_is_not_unfolded():
    found = Inflater().message(Deflater().message(bytes(1 << 22)), 1000)
    assert (len(found.data), found.too_large) == (1000, True)


def test_exactly_at_the_limit():
    assert not Inflater().message(Deflater().message(bytes(1000)), 1000).trouble


def test_trouble_loses_the_context_only_where_it_is_taken_over():
    for takeover in (True, False):
        inflater = Inflater(takeover=takeover)
        assert inflater.message(b"\xff\xff\xff", PLENTY).trouble.startswith("the compressed data is broken")
        assert inflater.lost is takeover


@given(st.binary(max_size=200))
def test_nothing_raises(data):
    inflater = Inflater()
    inflater.message(data, 5000)
    inflater.message(data, 5000)

"""WebSocket frames against what tshark 4.0 says about the same captures, the one inside TLS included."""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

TOPIC = Topic(
    "websocket",
    ("websocket.fin", "websocket.opcode", "websocket.mask", "websocket.payload.close.status_code"),
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_frames_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_there_is_something_to_compare():
    assert sum(TOPIC.compare(name).theirs.total() for name in TOPIC.files()) > 1000


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

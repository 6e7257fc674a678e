"""HTTP/2 frames against what tshark 4.0 says about the same captures: types, streams, lengths, header fields, errors, and the packet.

`explained/http2.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

TOPIC = Topic(
    "http2",
    (
        "http2.type",
        "http2.streamid",
        "http2.length",
        "http2.header.name",
        "http2.header.value",
        "http2.window_update.window_size_increment",
        "http2.rst_stream.error",
        "http2.goaway.error",
        "http2.push_promise.promised_stream_id",
    ),
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_frames_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_99_percent_of_tsharks_frames_are_ours():
    """Counted by (packet, field, value) that tshark reports, explained or not."""
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        agreed += (compared.theirs & compared.ours).total()
        total += compared.theirs.total()
    assert total > 5000
    assert agreed / total >= 0.99


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

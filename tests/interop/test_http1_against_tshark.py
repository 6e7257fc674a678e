"""HTTP/1 messages against what tshark 4.0 says about the same captures: method, target, version, status, phrase, and the packet.

`explained/http1.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

TOPIC = Topic(
    "http1",
    (
        "http.request.method",
        "http.request.uri",
        "http.request.version",
        "http.response.version",
        "http.response.code",
        "http.response.phrase",
    ),
    spell=str,
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_messages_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_99_percent_of_tsharks_messages_are_ours():
    """Counted by messages that tshark reports: all of their fields are ours, on the same packet."""
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        missing = {triple[0] for triple in compared.theirs - compared.ours}
        starts = ("http.request.method", "http.response.version")
        messages = [triple[0] for triple in compared.theirs.elements() if triple[1] in starts]
        total += len(messages)
        agreed += sum(packet not in missing for packet in messages)
    assert total > 2000
    assert agreed / total >= 0.99


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

"""QUIC packets against what tshark 4.0 says about the same captures, decrypted where there are keys.

`explained/quic.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

TOPIC = Topic(
    "quic",
    (
        "quic.version",
        "quic.dcid",
        "quic.scid",
        "quic.packet_number",
        "quic.frame_type",
        "quic.crypto.offset",
        "quic.stream.stream_id",
    ),
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_packets_and_frames(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_97_percent_of_tsharks_values_are_ours():
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        total += compared.theirs.total()
        agreed += (compared.theirs & compared.ours).total()
    assert total > 3000
    assert agreed / total >= 0.97


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

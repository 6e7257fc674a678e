"""TLS records and handshake messages against what tshark 4.0 says about the same captures, decrypted where there are keys.

`explained/tls.tsv` names each disagreement that stands, with its reason; a row that explains nothing fails, too.
"""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

TOPIC = Topic(
    "tls",
    (
        "tls.record.content_type",
        "tls.handshake.type",
        "tls.handshake.random",
        "tls.handshake.extensions_server_name",
        "tls.handshake.extensions_alpn_str",
        "tls.alert_message.desc",
    ),
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_records_and_handshakes_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_99_percent_of_tsharks_values_are_ours():
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        total += compared.theirs.total()
        agreed += (compared.theirs & compared.ours).total()
    assert total > 1000
    assert agreed / total >= 0.99


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

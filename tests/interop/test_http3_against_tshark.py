"""HTTP/3 against what tshark 4.0 says about the same captures: types of streams and frames, lengths, settings, and the packet.

tshark 4.0 shows no fields of HEADERS. `explained/http3.tsv` names each disagreement that stands, with its reason; a row that explains
nothing fails, too.
"""

import pytest

from support.agreement import EXPLAINED, Row, Topic, all_reasons_are_sentences, needs_captures, rows


class InsideQuic(Topic):
    """The captures are those of QUIC; the disagreements are our own."""

    def reasons(self) -> list[Row]:
        """All rows of the table of disagreements."""
        return rows(EXPLAINED / "http3.tsv")


TOPIC = InsideQuic(
    "quic", ("http3.stream_type", "http3.frame_type", "http3.frame_length", "http3.settings.id", "http3.settings.value")
)


@needs_captures
@pytest.mark.parametrize("name", TOPIC.files())
def test_same_frames_on_the_same_packets(name):
    compared = TOPIC.compare(name)
    assert compared.unexplained == []
    assert compared.idle == []


@needs_captures
def test_at_least_97_percent_of_tsharks_fields_are_ours():
    """Counted by (packet, field, value) that tshark reports, explained or not."""
    agreed = total = 0
    for name in TOPIC.files():
        compared = TOPIC.compare(name)
        agreed += (compared.theirs & compared.ours).total()
        total += compared.theirs.total()
    assert total > 300
    assert agreed / total >= 0.97


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(TOPIC)

"""SOCKS messages against what tshark 4.0 says about the same captures: the fields, and the packets they are on."""

import pytest

from support.agreement import Topic, all_reasons_are_sentences, needs_captures

SOCKS = Topic("socks5", ("socks.results", "socks.username", "socks.remote_name"))
MORE = Topic(
    "socks5",
    ("socks.auth_method", "socks.auth_accepted_method", "socks.auth_status", "socks.password", "socks.fragment_number"),
)
"""Fields in which tshark makes none of the errors that it makes with the command and the version."""


@needs_captures
@pytest.mark.parametrize("name", SOCKS.files())
def test_same_messages_on_the_same_packets(name):
    found = SOCKS.compare(name)
    assert found.unexplained == []
    assert found.idle == []


@needs_captures
def test_at_least_99_percent_of_what_tshark_says_is_ours():
    agreed = total = 0
    for name in SOCKS.files():
        found = SOCKS.compare(name)
        agreed += (found.theirs & found.ours).total()
        total += found.theirs.total()
    assert total >= 35
    assert agreed / total >= 0.99


@needs_captures
@pytest.mark.parametrize("name", [name for name in MORE.files() if "bytewise" not in name and "pipelined" not in name])
def test_methods_passwords_and_fragments_too(name):
    found = MORE.compare(name)
    assert found.theirs == found.ours


def test_every_reason_is_a_sentence_with_its_rule():
    all_reasons_are_sentences(SOCKS)

from dataclasses import replace

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.dns import asked, decoded
from workbench.api import Direction, ServerOptions
from workbench_dns import PROTOCOL_MDNS, PROTOCOL_TCP
from workbench_dns.message import read_message
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.seeds import MULTICAST_SEEDS, SEEDS
from workbench_dns.server import responder_of
from workbench_dns.values import encode


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_queries_and_answers_are_rebuilt(seed):
    responder = responder_of(ServerOptions())
    for raw in seed.messages:
        assert encode(decoded(raw)) == raw
        for answer in responder.respond(raw, stream=True):
            assert encode(decoded(answer, Direction.TO_CLIENT)) == answer


def test_what_dnspython_compresses_is_rebuilt():
    raw = dns.message.make_query("www.example.org", "A", want_dnssec=True).to_wire()
    assert encode(decoded(raw)) == raw


def test_announcements_are_rebuilt():
    for seed in MULTICAST_SEEDS:
        for raw in seed.messages:
            assert encode(decoded(raw, spec=PROTOCOL_MDNS)) == raw


def test_the_length_is_made_right():
    message = decoded(framed(query("a.b.")), spec=PROTOCOL_TCP)
    message.value["questions"][0]["name"]["labels"][0] = b"longer"
    raw = encode(message)
    assert raw == framed(query("longer.b."))


def test_counts_are_made_right():
    message = decoded(query("a.b.", records=[opt_record()]))
    message.value["questions"] *= 2
    message.value["additionals"] = []
    parsed = read_message(encode(message))
    assert (parsed.counts, parsed.error) == ((2, 0, 0, 0), "")


def test_options_have_their_lengths_made_right():
    message = decoded(query("a.b.", records=[opt_record([(3, b"x")])]))
    message.value["additionals"][0]["options"].append({"code": 10, "data": b"12345678"})
    assert encode(message) == query("a.b.", records=[opt_record([(3, b"x"), (10, b"12345678")])])


def test_pointers_lead_where_they_led():
    """The question's name grows; the owner of the answer, a pointer to it, goes on naming what it named."""
    responder = responder_of(ServerOptions())
    [raw] = responder.respond(query("chain3.workbench.test."), stream=False)
    message = decoded(raw, Direction.TO_CLIENT)
    message.value["questions"][0]["name"]["labels"].insert(0, b"deeper")
    parsed = read_message(encode(message))
    assert parsed.error == ""
    before = [record.name.text for record in asked(query("chain3.workbench.test.")).records]
    assert [record.name.text for record in parsed.records] == before
    assert [record.text for record in parsed.records] == [record.text for record in read_message(raw).records]


def test_a_broken_message_has_no_value():
    with pytest.raises(ValueError, match="no value"):
        encode(decoded(query("a.b.")[:-1]))


labels = st.lists(st.binary(min_size=1, max_size=20), max_size=3)


@given(labels, st.integers(0, 1 << 40), st.integers(-1, 1 << 20), st.lists(st.binary(max_size=30), max_size=3))
def test_any_values_make_bytes(name, kind, pointer, pieces):
    """A fuzzer puts in what it likes: numbers too large, pointers to nowhere."""
    message = decoded(query("a.b.", records=[opt_record()]))
    changed = {"labels": name, "tail": [b"b"], "pointer": pointer}
    record = {"name": changed, "type": kind, "class": 1, "ttl": kind, "data": [*pieces, changed]}
    raw = encode(replace(message, value={**message.value, "answers": [record]}))
    parsed = read_message(raw)
    assert parsed.counts[1] == 1
    assert parsed.records[0].name.labels[: len(name)] == tuple(name)

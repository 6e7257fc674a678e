import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.dns import decoded, fields_of
from workbench_dns.message import read_message
from workbench_dns.queries import opt_record, query


def answer(*texts: str) -> bytes:
    """A response that dnspython writes, compressed."""
    message = dns.message.make_query("www.example.org", "A", id=7)
    response = dns.message.make_response(message)
    response.answer = [dns.rrset.from_text(*text.split(" ", 4)) for text in texts]
    return response.to_wire()


def test_a_whole_answer():
    parsed = read_message(answer("www.example.org. 60 IN CNAME web.example.org.", "web.example.org. 60 IN A 192.0.2.1"))
    assert (parsed.id, parsed.response, parsed.rcode, parsed.error) == (7, True, 0, "")
    assert [(record.name.text, record.text) for record in parsed.section(0)] == [
        ("www.example.org", "web.example.org"),
        ("web.example.org", "192.0.2.1"),
    ]


def test_extended_codes():
    parsed = read_message(b"\0\1\x80\0\0\0\0\0\0\0\0\1" + b"\0\0\x29\x04\xd0\1\0\0\0\0\0")
    assert parsed.rcode == 16


@pytest.mark.parametrize("size", range(12, 90))
def test_a_cut_message_shows_what_there_is(size):
    whole = answer("www.example.org. 60 IN CNAME web.example.org.", "web.example.org. 60 IN A 192.0.2.1")
    parsed = read_message(whole[:size])
    assert bool(parsed.error) == (size < len(whole))
    assert parsed.fields[0].value == 7
    ends = [field.end for field in parsed.fields]
    assert max(ends) == min(size, len(whole))


def test_counts_that_promise_too_much():
    message = bytearray(query("a."))
    message[7] = 2
    parsed = read_message(bytes(message))
    assert parsed.error == "2 are announced, record of section 'Answers' 1 is missing"


def test_bytes_behind_the_last_record():
    fields = fields_of(decoded(query("a.") + b"more"))
    assert fields["dns.extraneous.data"] == b"more".hex()


def test_sections_of_an_update_have_their_names():
    message = decoded(query("example.", "SOA", flags=0x2800))
    assert [field.name for field in message.root.children][-1] == "Zone"
    assert fields_of(message)["dns.count.zones"] == 1


def test_it_reads_behind_a_length():
    raw = b"\0\x20" + query("a.b.", records=[opt_record()])
    assert read_message(raw, 2).questions[0].name.text == "a.b"


@given(st.binary(min_size=12, max_size=400))
def test_any_bytes_nest(raw):
    parsed = read_message(raw)
    stack = [(field, 0, len(raw)) for field in parsed.fields]
    while stack:
        field, low, high = stack.pop()
        assert low <= field.start <= field.end <= high
        stack += [(child, field.start, field.end) for child in field.children]


names = st.lists(st.text("abcdef", min_size=1, max_size=5), min_size=1, max_size=4).map(".".join)
records = st.one_of(
    st.tuples(names, st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(names, st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(names, st.just("CNAME"), names.map(lambda name: f"{name}.")),
    st.tuples(names, st.just("MX"), names.map(lambda name: f"10 {name}.")),
)


@given(st.lists(records, max_size=12))
def test_what_dnspython_compresses(made):
    response = dns.message.make_response(dns.message.make_query("abc.def", "A"))
    response.answer = [dns.rrset.from_text(f"{name}.", 60, "IN", kind, text) for name, kind, text in made]
    parsed = read_message(response.to_wire(want_shuffle=False))
    assert parsed.error == ""
    assert [record.name.text for record in parsed.section(0)] == [name for name, _, _ in made]
    assert [record.text for record in parsed.section(0)] == [
        text if kind == "A" else text.rstrip(".") if kind != "AAAA" else str(dns.rrset.from_text("a.", 1, "IN", kind, text)[0])
        for _, kind, text in made
    ]

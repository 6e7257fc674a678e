from support.dns import decoded, fields_of
from workbench.api import Direction, Severity
from workbench_dns import PROTOCOL, PROTOCOL_LLMNR, PROTOCOL_MDNS, PROTOCOL_TCP
from workbench_dns.messages import undecoded_message
from workbench_dns.queries import framed, query


def test_a_message_knows_its_protocol():
    for spec, raw in (
        (PROTOCOL, query("a.")),
        (PROTOCOL_TCP, framed(query("a."))),
        (PROTOCOL_MDNS, query("a.")),
        (PROTOCOL_LLMNR, query("a.")),
    ):
        message = decoded(raw, spec=spec)
        assert message.protocol == spec.name
        assert message.root.children
        assert fields_of(message)["dns.id"] == 0x1234


def test_the_length_is_a_field_over_tcp():
    raw = framed(query("a."))
    assert fields_of(decoded(raw, spec=PROTOCOL_TCP))["dns.length"] == len(raw) - 2


def test_less_than_a_header():
    message = decoded(b"\x12\x34\x01")
    assert message.summary == "broken: the header is cut off after 3 bytes"
    assert [(note.severity, note.section) for note in message.notes] == [(Severity.ERROR, "RFC 1035 4.1.1")]
    assert message.root.children[0].value == b"\x12\x34\x01"


def test_a_broken_message_says_so():
    message = decoded(query("example.org.")[:-2])
    assert message.summary.startswith("broken: ")
    assert message.errors
    assert fields_of(message)["dns.qry.name"] == "example.org"


def test_undecoded_bytes():
    message = undecoded_message((Direction.TO_CLIENT, 5, 8), b"abc", "why not")
    assert (message.protocol, message.start, message.end, message.notes[0].text) == ("data", 5, 8, "why not")

"""Transport parameters that must not be."""

import pytest

from dissectors.tracing import trace
from support.tls import client_hello, extension, handshake, read
from workbench.api import Severity, varint
from workbench_tls.bodies import TLS13, Agreed
from workbench_tls.handshake import read_handshake
from workbench_tls.parameter_rules import MOST_REMARKS, parameter_remarks

SOURCE = (0x0F, b"source")
ORIGINAL = (0x00, b"original")
ADDRESS = bytes(6) + bytes(18)


def encoded(*parameters: tuple[int, bytes]) -> bytes:
    return b"".join(varint(kind) + varint(len(data)) + data for kind, data in parameters)


def remarks(*parameters: tuple[int, bytes], client: bool = True, draft: bool = False) -> list[tuple[str, str]]:
    whole = extension(57, encoded(*parameters))
    message = client_hello(whole) if client else handshake(8, len(whole).to_bytes(2, "big") + whole)
    found = read_handshake(trace, message, Agreed(TLS13))
    field = next(node for _, node in found.field.walk() if node.name == "extension")
    notes = list(parameter_remarks(field, client=client, draft=draft))
    assert all(note.severity is Severity.ERROR and 0 < note.start < note.end <= len(message) for note in notes)
    return [(note.text, note.section) for note in notes]


@pytest.mark.parametrize(
    ("kind", "bad", "good", "section"),
    [
        (0x03, varint(1199), varint(1200), "RFC 9000 18.2"),
        (0x08, varint((1 << 60) + 1), varint(1 << 60), "RFC 9000 4.6"),
        (0x09, varint((1 << 60) + 1), varint(1 << 60), "RFC 9000 4.6"),
        (0x0A, varint(21), varint(20), "RFC 9000 18.2"),
        (0x0B, varint(1 << 14), varint((1 << 14) - 1), "RFC 9000 18.2"),
        (0x0E, varint(1), varint(2), "RFC 9000 18.2"),
        (0xFF04DE1B, varint(25_001), varint(25_000), "draft-ietf-quic-ack-frequency 3"),
        (0x11, bytes.fromhex("000000016b3343cf"), bytes.fromhex("0000000100000001"), "RFC 9368 3"),
        (0x11, bytes.fromhex("000000010000000100000000"), bytes.fromhex("0000000100000001"), "RFC 9368 3"),
    ],
)
def test_values_at_and_beyond_their_limits(kind, bad, good, section):
    assert remarks(SOURCE, (kind, good)) == []
    assert [where for _, where in remarks(SOURCE, (kind, bad))] == [section]


@pytest.mark.parametrize(("kind", "data"), [ORIGINAL, (0x02, bytes(16)), (0x0D, ADDRESS + b"\1x" + bytes(16)), (0x10, b"retry")])
def test_what_only_servers_send(kind, data):
    assert [section for _, section in remarks(SOURCE, (kind, data))] == ["RFC 9000 18.2"]
    own = (SOURCE, ORIGINAL) if kind else (SOURCE,)
    assert remarks(*own, (kind, data), client=False) == []


def test_duplicates_of_known_and_unknown_ones():
    assert remarks(SOURCE, (4, b"\1"), (4, b"\1")) == [("initial_max_data is sent more than once", "RFC 9000 7.4")]
    assert remarks(SOURCE, (0x3FFF, b""), (0x3FFF, b"")) == [("parameter 0x3fff is sent more than once", "RFC 9000 7.4")]


def test_thousands_of_them_are_not_all_remarked():
    assert len(remarks(SOURCE, *((12, b"") for _ in range(5000)))) == MOST_REMARKS


def test_connection_ids_that_must_be_there():
    """RFC 9000 7.3."""
    assert remarks((4, b"\1")) == [("initial_source_connection_id is missing", "RFC 9000 7.3")]
    assert [text for text, _ in remarks((4, b"\1"), client=False)] == [
        "initial_source_connection_id is missing",
        "original_destination_connection_id is missing",
    ]
    assert remarks((4, b"\1"), draft=True) == []


def test_connection_ids_that_are_too_long_or_missing_inside():
    assert [section for _, section in remarks((0x0F, b"x" * 21))] == ["RFC 9000 17.2"]
    assert remarks((0x0F, b"x" * 20)) == []
    own = (SOURCE, ORIGINAL)
    assert remarks(*own, (0x0D, ADDRESS + b"\0" + bytes(16)), client=False) == [
        ("preferred_address without a connection ID", "RFC 9000 18.2")
    ]
    long = remarks(*own, (0x0D, ADDRESS + b"\x15" + bytes(21) + bytes(16)), client=False)
    assert [section for _, section in long] == ["RFC 9000 17.2"]


def test_a_server_may_choose_a_version_that_it_does_not_list():
    assert remarks(SOURCE, ORIGINAL, (0x11, bytes.fromhex("6b3343cf00000001")), client=False) == []


def test_the_delay_of_acknowledgments_is_compared_with_the_longest_one():
    assert remarks(SOURCE, (0x0B, varint(100)), (0xFF04DE1B, varint(100_000))) == []
    assert remarks(SOURCE, (0x0B, varint(10)), (0xFF04DE1B, varint(10_001))) == [
        ("min_ack_delay is 10001 µs, more than max_ack_delay of 10 ms", "draft-ietf-quic-ack-frequency 3")
    ]


def test_broken_values_are_errors_of_their_fields_alone():
    assert remarks(SOURCE, (0x0B, b""), (0x0A, b"\xc0"), (0x11, b"\1"), (0xFF04DE1B, b"")) == []
    broken = read(client_hello(extension(57, encoded(SOURCE, (0x0A, b"\xc0")))))
    assert [node.error for _, node in broken.field.walk() if node.error]

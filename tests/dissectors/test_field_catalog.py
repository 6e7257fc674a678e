"""The catalogue names what packets say: nothing that a header tree has is missing, and nothing has two kinds."""

import pytest

from dissectors.field_catalog import ALIASES, HEADERS, MESSAGE_FACTS, PACKET_FIELDS, WORDED, Kind, example, names_of
from dissectors.filter_view import header_values
from support.filter_capture import opened


def test_everything_that_headers_say_is_known(tmp_path):
    with opened(tmp_path) as capture:
        said = {name for number in range(1, len(capture.index) + 1) for name in header_values(capture, number)}
    assert said - set(PACKET_FIELDS) - set(HEADERS) == {"tcp.options"} & said


def test_kinds_are_what_values_are(tmp_path):
    types = {Kind.NUMBER: int, Kind.FLAG: bool, Kind.IP: str, Kind.MAC: str, Kind.TEXT: str, Kind.BYTES: bytes, Kind.TIME: int}
    with opened(tmp_path) as capture:
        for number in range(1, len(capture.index) + 1):
            for name, values in header_values(capture, number).items():
                if name in PACKET_FIELDS:
                    wanted = types.get(PACKET_FIELDS[name], int)
                    assert all(isinstance(found.value, wanted) for found in values), name


def test_aliases_stand_for_fields_of_one_kind():
    for names in ALIASES.values():
        assert len({PACKET_FIELDS[name] for name in names}) == 1
    assert set(PACKET_FIELDS) >= WORDED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "port==8080"),
        ("ip.addr", "ip.addr==10.0.0.1"),
        ("frame.time", 'frame.time=="2024-01-31 12:00:00"'),
        ("note.severity", "note.severity==warn"),
        ("toy.kind", "toy.kind==0"),
    ],
)
def test_examples(name, text):
    assert example(name) == text


def test_names():
    assert names_of("tcp.port") == ("tcp.srcport", "tcp.dstport")
    assert names_of("tcp.len") == ("tcp.len",)
    assert names_of("tcp") == ()
    assert "note.text" in MESSAGE_FACTS

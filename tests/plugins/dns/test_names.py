import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.dns import written
from workbench.api import Severity
from workbench_dns.limits import MOST_JUMPS, MOST_NAME_BYTES
from workbench_dns.names import ROOT, Names, name_text

HEADER = bytes(12)

labels = st.lists(st.binary(min_size=1, max_size=63), max_size=3).map(tuple)


def read(data: bytes, at: int = 12, limit: int | None = None):
    return Names(data).read(at, len(data) if limit is None else limit)


@given(labels)
def test_what_is_written_is_read(given_labels):
    data = HEADER + written(given_labels) + b"more"
    name = read(data)
    assert (name.labels, name.end, name.error, name.literal) == (given_labels, len(data) - 4, "", len(given_labels))
    assert name.wire_size == name.end - name.start


def test_the_root_is_spelt_as_wireshark_does():
    assert read(HEADER + b"\0").text == ROOT


@pytest.mark.parametrize(
    ("given_labels", "text"),
    [
        ((b"www", b"example", b"org"), "www.example.org"),
        ((b"a.b", b"c"), "a.b.c"),
        ((b"a b", b"x\\y", b'q"z'), 'a b.x\\y.q"z'),
        ((b"\x00\x01\x07\x0b\x1b\x7f",), "\\000\\001\\a\\v\\033\\177"),
        ("ä".encode().split(), "ä"),
        ((b"\x80",), "\ufffd"),
    ],
)
def test_odd_labels_are_spelt_as_wireshark_does(given_labels, text):
    assert name_text(tuple(given_labels)) == text


def test_rfc_1035_4_1_4():
    """The example of the RFC: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92."""
    data = bytearray(93)
    data[20:32] = b"\1F\3ISI\4ARPA\0"
    data[40:46] = b"\3FOO\xc0\x14"
    data[64:66] = b"\xc0\x1a"
    names = Names(bytes(data))
    assert [names.read(at, 93).text for at in (20, 40, 64, 92)] == ["F.ISI.ARPA", "FOO.F.ISI.ARPA", "ARPA", ROOT]
    foo = names.read(40, 93)
    assert (foo.end, foo.literal, foo.pointer) == (46, 1, 20)


def test_a_pointer_to_itself_is_a_loop_whose_end_is_known():
    name = read(HEADER + b"\xc0\x0c" + b"next")
    assert name.error
    assert not name.fatal
    assert (name.end, name.text) == (14, "<Name contains a pointer that loops>")


def test_pointers_in_a_circle():
    name = read(HEADER + b"\1a\xc0\x0c")
    assert "circle" in name.error or "places" in name.error or "longer" in name.error
    assert name.end == 16


def test_a_forward_pointer_is_followed_and_remarked_on():
    names = Names(HEADER + b"\xc0\x0e\1a\0")
    assert names.read(12, 17).text == "a"
    [note] = names.notes
    assert "forward" in note.text
    assert note.severity is Severity.WARN
    assert note.section == "RFC 1035 4.1.4"


def test_a_pointer_into_the_header_is_remarked_on():
    names = Names(HEADER + b"\xc0\x04")
    assert names.read(12, 14).labels == ()
    assert "header" in names.notes[0].text
    assert names.notes[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        (b"", "the name is cut off"),
        (b"\3ab", "the label is cut off"),
        (b"\1a", "the name is cut off"),
        (b"\xc0", "the compression pointer is cut off"),
        (b"\x40abc\0", "label type 0b01 is not in use"),
        (b"\x80abc\0", "label type 0b10 is not in use"),
    ],
)
def test_what_cannot_be_read_to_its_end(rest, error):
    name = read(HEADER + rest)
    assert name.error == error
    assert name.fatal


def test_a_pointer_behind_the_message():
    assert "behind the message" in read(HEADER + b"\xff\xff").error


def test_a_name_of_255_bytes_is_fine_and_256_are_not():
    for size, severities in ((61, []), (62, [Severity.ERROR])):
        names = Names(written([b"a" * 63] * 3 + [b"b" * size]))
        assert not names.read(0, 300).error
        assert [note.severity for note in names.notes] == severities


def test_compression_does_not_blow_names_up():
    """Each name is a label before the name before it."""
    data, at = HEADER + b"\1a\0", 12
    for _ in range(5000):
        here = len(data)
        data += b"\x3f" + b"x" * 63 + (0xC000 | at).to_bytes(2, "big")
        at = here
        if at > 0x3FFF:
            break
    names = Names(data)
    at, longest = 12, 0
    while at < len(data):
        name = names.read(at, len(data))
        longest = max(longest, sum(map(len, name.labels)))
        at = name.end
    assert longest <= MOST_NAME_BYTES + 64


@given(st.binary(max_size=300))
def test_any_bytes_end(noise):
    data = HEADER + noise
    began = time.process_time()
    name = read(data)
    assert 12 <= name.end <= len(data)
    assert time.process_time() - began < 1


class Counted(bytes):
    """Counts how often it is looked into."""

    looks = 0

    def __getitem__(self, key):
        self.looks += 1
        return super().__getitem__(key)


LABELS = b"\1a" * 6_000 + b"\0"
CIRCLES = b"".join(b"\1a" + (0xC000 | 12 + 4 * ((number - 1) % 3_000)).to_bytes(2, "big") for number in range(3_000))
POINTERS = b"".join((0xC000 | 14 + 2 * number).to_bytes(2, "big") for number in range(6_000)) + b"\0"
NOWHERE = b"\1a" * 6_000 + b"\xff\xff"


@pytest.mark.parametrize("region", [LABELS, CIRCLES, POINTERS, NOWHERE], ids=["labels", "circles", "pointers", "nowhere"])
def test_each_place_is_read_once_however_many_names_lead_there(region):
    """Good names, too long ones and such as never end: thousands of pointers into the same bytes cost what these bytes cost."""
    own = b"".join((0xC000 | 12 + 2 * (number * 7 % 5_900)).to_bytes(2, "big") for number in range(10_000))
    data = Counted(HEADER + region + own)
    names = Names(data)
    for at in range(12 + len(region), len(data), 2):
        assert names.read(at, len(data)).end == at + 2
    assert data.looks < 4 * len(data)


@pytest.mark.parametrize(("jumps", "error"), [(MOST_JUMPS - 1, False), (MOST_JUMPS, True)])
@pytest.mark.parametrize("before", [(), (12,), (100, 12)])
def test_jumps_count_over_what_other_names_have_read(jumps, error, before):
    chain = b"".join((0xC000 | 14 + 2 * number).to_bytes(2, "big") for number in range(jumps)) + b"\0"
    names = Names(HEADER + chain + b"\xc0\x0c")
    for at in before:
        names.read(at, 12 + len(chain))
    assert bool(names.read(12 + len(chain), 14 + len(chain)).error) is error


PIECES = (b"\1a", b"\2bc", b"\xc0\x0c", b"\xc0\x0e", b"\xc0\x15", b"\xc0\x20", b"\0", b"\x3f", b"\x80")


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.integers(12, 60), max_size=8))
def test_a_name_is_the_same_whatever_was_read_before(pieces, starts):
    data = HEADER + b"".join(pieces)
    names = Names(data)
    for start in starts:
        if start < len(data):
            alone, among = read(data, start), names.read(start, len(data))
            assert among[:2] + among[3:] == alone[:2] + alone[3:]
            assert among.labels == alone.labels or "circle" in among.error

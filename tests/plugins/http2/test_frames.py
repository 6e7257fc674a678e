"""Frame headers: every bit has its place (RFC 9113 4.1)."""

import pytest

from support.http2 import raw
from workbench.api import Direction
from workbench_http2.frames import head_fields, read_head
from workbench_http2.names import FLAGS, Type


def head(data):
    return read_head(Direction.TO_CLIENT, 0, len(data), data)


def test_the_fields_of_a_header():
    found = head_fields(head(raw(Type.HEADERS, 0x80000005, 0x25, b"abc")))
    assert [(node.abbrev, node.value) for node in found] == [
        ("http2.length", 3),
        ("http2.type", 1),
        ("http2.flags", 0x25),
        ("http2.r", 1),
        ("http2.streamid", 5),
    ]
    assert found[1].text == "HEADERS"
    assert found[2].text == "Priority, End Headers, End Stream"


@pytest.mark.parametrize("kind", list(Type))
def test_flags_are_bits_of_their_byte(kind):
    unused, *known = head_fields(head(raw(kind, 1, 0xFF, b"")))[2].children
    assert [node.bits[1] - node.bits[0] for node in known] == [1] * len(FLAGS.get(kind, ()))
    assert sum(1 << (39 - node.bits[0]) for node in known) | unused.value == 0xFF
    assert unused.abbrev.startswith("http2.flags.unused")


def test_what_is_missing_is_known():
    data = raw(Type.DATA, 1, 0, b"abcdef")
    assert head(data).whole
    assert not head(data[:-1]).whole

import pytest

from support.dns import decoded
from workbench_dns import PROTOCOL, PROTOCOL_TCP
from workbench_dns.limits import LONGEST_MESSAGE, MOST_ITEMS
from workbench_dns.queries import query


def test_a_message_may_have_every_length_that_its_prefix_can_say():
    assert PROTOCOL.limits.message > LONGEST_MESSAGE
    assert PROTOCOL_TCP.limits.message == LONGEST_MESSAGE + 2


HOSTILE = {
    "a bitmap": (47, b"\0" + (b"\0\x20" + b"\xff" * 32) * 1900),
    "strings": (16, bytes(65_000)),
    "prefixes": (42, bytes(65_000)),
    "options": (41, b"\0\5\0\0" * 16_000),
    "parameters": (64, b"\0\1\0" + bytes(65_000)),
    "names": (55, b"\0\0\0\0" + b"\xc0\x0c" * 32_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_fields_are_bounded(name):
    kind, data = HOSTILE[name]
    record = b"\0" + kind.to_bytes(2, "big") + b"\0\1\0\0\0\0" + len(data).to_bytes(2, "big") + data
    message = decoded(query(".", "NSEC", records=[record]))
    assert sum(1 for _ in message.root.walk()) <= MOST_ITEMS + 64
    assert any(str(MOST_ITEMS) in error for error in message.errors)


def test_a_pointer_that_many_names_go_through_is_remarked_on_once():
    record = b"\xc0\x0e\0\1\0\1\0\0\0\0\0\0"
    raw = b"\0\1\1\0\0\0\x07\xd0\0\0\0\0" + b"\0\0" + record * 2000
    ladder = raw[:14] + b"\xc0\x10\0" + raw[17:]
    notes = decoded(ladder).notes
    assert len([note for note in notes if "forward" in note.text]) <= 2

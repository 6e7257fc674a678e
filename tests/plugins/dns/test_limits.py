from support.dns import decoded
from workbench_dns import PROTOCOL, PROTOCOL_TCP
from workbench_dns.limits import LONGEST_MESSAGE, MOST_ITEMS
from workbench_dns.queries import query


def test_a_message_may_have_every_length_that_its_prefix_can_say():
    assert PROTOCOL.limits.message > LONGEST_MESSAGE
    assert PROTOCOL_TCP.limits.message == LONGEST_MESSAGE + 2


def test_fields_are_bounded():
    """NSEC with bits set wherever there can be some, out of order."""
    data = b"\0" + (b"\0\x20" + b"\xff" * 32) * 1900
    record = b"\0" + b"\0\x2f\0\1\0\0\0\0" + len(data).to_bytes(2, "big") + data
    message = decoded(query(".", "NSEC", records=[record]))
    assert sum(1 for _ in message.root.walk()) <= MOST_ITEMS + 64
    assert any(str(MOST_ITEMS) in error for error in message.errors)

from dissectors.guide import decoder_of
from support.socks5 import UP
from workbench.api import UNDECODED, Endpoint, FlowKey, Severity
from workbench_socks5 import PROTOCOL
from workbench_socks5.grammar import Kind
from workbench_socks5.messages import broken_message, undecoded_message, whole_message

CONTEXT = decoder_of(PROTOCOL, 0, FlowKey("tcp", Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 2)))._context


def test_a_whole_message_has_value_label_and_exchange():
    message = whole_message(CONTEXT, UP, Kind.GREETING, (7, 10, b"\5\1\0"), 1)
    assert (message.start, message.end, message.label, message.exchange) == (7, 10, "greeting", 1)
    assert message.value.auth_method == ["none"]
    assert PROTOCOL.build(message) == b"\5\1\0"


def test_a_message_against_a_rule_is_no_symbol_of_the_state_table():
    message = whole_message(CONTEXT, UP, Kind.GREETING, (0, 2, b"\5\0"), 1)
    assert message.errors
    assert (message.label, message.exchange) == ("", None)


def test_a_broken_message_shows_what_was_read():
    message = broken_message(CONTEXT, UP, Kind.REQUEST, (0, 4, b"\5\1\0\3"), "it is cut off", "RFC 1928 4")
    assert message.root.find("socks.command").value == 1
    assert (message.root.start, message.root.end) == (0, 4)
    assert [note.section for note in message.notes] == ["RFC 1928 4"]


def test_undecoded_bytes_say_what_was_lost_before_them():
    message = undecoded_message(UP, (0, 9, b"abc"), "why")
    assert message.protocol == UNDECODED
    assert [note.text for note in message.notes] == ["why", "6 bytes before these were not captured"]
    assert message.notes[0].severity is Severity.WARN

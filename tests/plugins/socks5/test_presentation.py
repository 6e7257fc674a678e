from support.socks5 import DOWN, UP, heard
from workbench_socks5.grammar import GRAMMARS, Kind
from workbench_socks5.presentation import host_of, label_of, place_of, summary_of
from workbench_socks5.seeds import greeting, password, request, request4


def parsed(kind, data):
    return GRAMMARS[kind].parse(data)


def test_addresses_and_names_are_text_in_fields_and_bytes_in_values():
    for where, name, text in (
        ("192.0.2.1", "dst", "192.0.2.1"),
        ("2001:db8::1", "dstV6", "2001:db8::1"),
        (b"a.example", "remote_name", "a.example"),
    ):
        message = heard((UP, greeting(0)), (DOWN, b"\5\0"), (UP, request(1, where, 80)))[2]
        assert message.root.find(f"socks.{name}").value == text
        assert isinstance(message.value[name], bytes)


def test_the_password_is_a_field_but_in_no_summary():
    messages = heard((UP, greeting(2)), (DOWN, b"\5\2"), (UP, password(b"alice", b"s3cret-token")), (DOWN, b"\1\1"))
    assert messages[2].root.find("socks.password").value == "s3cret-token"
    assert all("s3cret" not in message.summary for message in messages)
    assert messages[2].summary == "user 'alice'"
    assert messages[3].root.find("socks.auth_status").text == "failure"


def test_replies_are_named():
    message = heard((UP, greeting(0)), (DOWN, b"\5\0"), (UP, request(1, "::1", 80)), (DOWN, b"\5\5\0\1\0\0\0\0\0\0"))[3]
    assert message.root.find("socks.results").text == "connection refused"
    assert message.summary == "connection refused, 0.0.0.0:0"


def test_host_and_place():
    value = parsed(Kind.REQUEST4, request4(1, b"name.example", 80))
    assert host_of(value) == "name.example"
    assert place_of(value) == "name.example:80"
    assert place_of(parsed(Kind.REQUEST, request(1, "::1", 80))) == "[::1]:80"


def test_names_from_the_wire_do_no_harm_to_a_screen():
    line = summary_of(Kind.REQUEST, parsed(Kind.REQUEST, request(1, b"evil\x1b[2J" + b"x" * 200, 80)))
    assert line.isprintable()
    assert len(line) < 100


def test_unknown_numbers_stay_numbers():
    assert summary_of(Kind.REQUEST, parsed(Kind.REQUEST, request(9, "127.0.0.1", 80))) == "command 9 127.0.0.1:80"
    assert summary_of(Kind.SELECTION, parsed(Kind.SELECTION, b"\5\x80")) == "method 128"
    assert label_of(Kind.SELECTION, parsed(Kind.SELECTION, b"\5\x80")) == "other method"
    assert summary_of(Kind.REPLY, parsed(Kind.REPLY, b"\5\x63\0\1\0\0\0\0\0\0")) == "reply 99, 0.0.0.0:0"


def test_fragments_are_counted():
    data = b"\0\0\x82\1\x7f\0\0\1\0\7abc"
    assert summary_of(Kind.DATAGRAM, parsed(Kind.DATAGRAM, data)) == "fragment 2 (last) of 3 bytes, 127.0.0.1:7"

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.guide import decoder_of
from support.socks5 import DOWN, UP, heard, labels
from workbench.api import UNDECODED, Chunk, Direction, Endpoint, FlowKey, Handoff, Severity
from workbench_socks5 import PROTOCOL
from workbench_socks5.decoder import MAX_HELD, RUN
from workbench_socks5.seeds import greeting, password, request, request4

HI, OK = (UP, greeting(0)), (DOWN, b"\5\0")
GRANTED, REFUSED = b"\5\0\0\1\x7f\0\0\1\0\x50", b"\5\5\0\1\0\0\0\0\0\0"
FLOW = FlowKey("tcp", Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 1080))


def events(*turns, gaps=()):
    """What the decoder itself gives, hand-offs included; `gaps` are lost bytes before the turn of that index."""
    decoder = decoder_of(PROTOCOL, 0, FLOW)
    offsets, found = dict.fromkeys(Direction, 0), []
    for index, (direction, data) in enumerate(turns):
        gap = dict(gaps).get(index, 0)
        offsets[direction] += gap
        found += decoder.receive(Chunk(direction, offsets[direction], data, gap=gap))
        offsets[direction] += len(data)
        if found and isinstance(found[-1], Handoff):
            return found
    for direction in Direction:
        found += decoder.finish(direction)
    return found


def test_connect_without_authentication():
    assert labels(HI, OK, (UP, request(1, "::1", 80)), (DOWN, GRANTED)) == ["greeting", "no authentication", "connect", "granted"]


def test_connect_with_a_password():
    talk = (
        (UP, greeting(0, 2)),
        (DOWN, b"\5\2"),
        (UP, password(b"a", b"b")),
        (DOWN, b"\1\0"),
        (UP, request(1, b"x", 80)),
        (DOWN, REFUSED),
    )
    assert labels(*talk) == ["greeting", "password wanted", "password", "accepted", "connect", "refused"]
    assert [message.exchange for message in heard(*talk)] == [1, 1, 2, 2, 3, 3]


def test_a_denied_user():
    assert labels((UP, greeting(2)), (DOWN, b"\5\2"), (UP, password(b"a", b"b")), (DOWN, b"\1\1"))[-1] == "denied"


def test_gssapi_tokens_go_both_ways_until_a_request():
    token = b"\1\1\0\3abc"
    talk = (
        (UP, greeting(1)),
        (DOWN, b"\5\1"),
        (UP, token),
        (DOWN, token),
        (UP, b"\1\2\0\1\1"),
        (DOWN, b"\1\2\0\1\1"),
        (UP, request(1, b"x", 1)),
        (DOWN, GRANTED),
    )
    assert labels(*talk)[2:] == ["gssapi authentication"] * 2 + ["gssapi protection"] * 2 + ["connect", "granted"]
    assert heard(*talk)[2].root.find("socks.gssapi.data").value == b"abc"


def test_socks4_and_4a():
    assert labels((UP, request4(1, "127.0.0.1", 80, b"me")), (DOWN, b"\0\x5a\0\0\0\0\0\0")) == ["connect 4", "granted"]
    message = heard((UP, request4(2, b"host.example", 80)), (DOWN, b"\0\x5b\0\0\0\0\0\0"))[0]
    assert message.summary == "SOCKS4a BIND host.example:80"
    assert message.root.find("socks.v4a_dns_name").value == "host.example"


def test_a_tunnel_is_handed_over_with_its_target_and_the_bytes_that_came_early():
    found = events(HI, OK, (UP, request(1, b"web.example", 443) + b"early"), (DOWN, GRANTED + b"late"))
    assert isinstance(found[-1], Handoff)
    assert found[-1].protocol is None
    assert found[-1].facts == {"host": "web.example", "port": 443}
    assert [(chunk.direction, chunk.data, chunk.offset) for chunk in found[-1].rest] == [(UP, b"early", 21), (DOWN, b"late", 12)]


def test_bind_has_two_replies_and_the_caller_is_the_tunnels_other_end():
    second = b"\5\0\0\1\xc0\0\2\7\x04\0"
    found = events(HI, OK, (UP, request(2, "192.0.2.7", 0)), (DOWN, GRANTED), (DOWN, second), (DOWN, b"220 hello"))
    assert [getattr(item, "label", "→") for item in found[-3:]] == ["granted", "granted", "→"]
    assert found[-1].facts == {"host": "192.0.2.7", "port": 1024}
    refused = heard(HI, OK, (UP, request(2, "192.0.2.7", 0)), (DOWN, GRANTED), (DOWN, REFUSED))
    assert [message.label for message in refused[-2:]] == ["granted", "refused"]


def test_an_association_leaves_nothing_to_be_said():
    messages = heard(HI, OK, (UP, request(3, "0.0.0.0", 0)), (DOWN, GRANTED), (UP, b"what now"))
    assert messages[-1].protocol == UNDECODED
    assert "UDP carries the data" in messages[-1].notes[0].text


def test_a_client_that_does_not_wait_is_read_when_the_server_chose():
    whole = (UP, greeting(2) + password(b"a", b"b") + request(1, b"x", 80))
    assert labels(whole, (DOWN, b"\5\2\1\0" + GRANTED)) == [
        "greeting",
        "password wanted",
        "password",
        "connect",
        "accepted",
        "granted",
    ]


def test_a_client_alone_goes_by_first_bytes():
    assert labels((UP, greeting(0) + request(1, b"x", 80))) == ["greeting", "connect"]
    assert labels((UP, greeting(2) + password(b"a", b"b"))) == ["greeting", "password"]


def test_a_server_alone():
    assert labels((DOWN, b"\5\0" + REFUSED)) == ["no authentication", "refused"]


def test_a_refused_tunnel_is_none():
    messages = heard(HI, OK, (UP, request(1, b"x", 80) + b"early"), (DOWN, REFUSED))
    assert [message.raw for message in messages if message.protocol == UNDECODED] == [b"early"]


def test_what_is_no_socks_is_said_so():
    messages = heard((UP, b"\x06\x01\x00"), (DOWN, b"HTTP/1.1 400 no\r\n\r\n"))
    assert [message.protocol for message in messages] == [UNDECODED] * 2
    assert messages[0].notes[0].text == "no SOCKS: version 6"


def test_an_unknown_address_type_breaks_a_request_where_it_stands():
    messages = heard(HI, OK, (UP, b"\5\1\0\x09\x7f\0\0\1\0\x50"))
    assert messages[2].raw == b"\5\1\0\x09"
    assert messages[2].errors
    assert messages[3].protocol == UNDECODED


@pytest.mark.parametrize("cut", [1, 3, 5, 9])
def test_a_message_that_is_cut_off(cut):
    message = heard(HI, OK, (UP, request(1, b"localhost", 80)[:cut]))[2]
    assert "is cut off" in message.notes[0].text
    assert message.notes[0].severity is Severity.ERROR
    assert message.label == ""


def test_lost_bytes_break_the_message_they_belong_to():
    found = events(HI, OK, (UP, b"\5\1\0\3\x09loc"), (UP, b"st\0\x50"), gaps=((3, 4),))
    assert "not captured" in found[2].notes[0].text
    assert (found[3].protocol, found[3].start, found[3].end, found[3].raw) == (UNDECODED, 11, 19, b"st\0\x50")


def test_a_tunnel_goes_on_behind_lost_bytes():
    found = events(HI, OK, (UP, request(1, b"x", 80)), (UP, b"later"), (DOWN, GRANTED), gaps=((3, 100),))
    assert [(chunk.data, chunk.gap) for chunk in found[-1].rest] == [(b"later", 100)]


def test_a_client_that_sends_on_and_on_is_not_kept():
    found = events(HI, OK, (UP, request(1, b"x", 80) + bytes(MAX_HELD + RUN + 1)))
    runs = [item for item in found if item.protocol == UNDECODED]
    assert sum(len(item.raw) for item in runs) == MAX_HELD + RUN + 1
    assert all(len(item.raw) <= RUN for item in runs)


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(min_size=1, max_size=40)), max_size=6))
def test_any_bytes_are_tiled(turns):
    messages = heard(*turns)
    for direction in Direction:
        at = 0
        for message in (message for message in messages if message.direction is direction):
            assert message.start == at
            at = message.end
        assert at == sum(len(data) for way, data in turns if way is direction)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.websocket import deflated, facts
from workbench_websocket.agreement import Agreement, accept_of, agree, is_key
from workbench_websocket.extensions import Deflate


def said(known):
    return [(text, section) for _, text, section in agree(known).remarks]


def changed(known, side, **fields):
    """The same facts with fields of one side replaced (None: left out); underscores stand for dashes."""
    names = {name.replace("_", "-").encode(): value for name, value in fields.items()}
    kept = tuple((name, value) for name, value in known[side] if name not in names)
    return {**known, side: kept + tuple((name, value) for name, value in names.items() if value is not None)}


def test_the_key_of_the_specification():
    """RFC 6455 1.3."""
    assert accept_of(b"dGhlIHNhbXBsZSBub25jZQ==") == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_correct_handshake_is_not_worth_a_word():
    assert agree(facts()) == Agreement(seen=True)


def test_nothing_was_seen():
    assert agree({}) == Agreement()
    assert agree({"alpn": "h2"}) == Agreement()


@pytest.mark.parametrize(
    ("side", "fields", "section"),
    [
        ("request", {"sec_websocket_version": b"8"}, "RFC 6455 4.1"),
        ("request", {"sec_websocket_version": None}, "RFC 6455 4.1"),
        ("request", {"sec_websocket_key": b"c2hvcnQ="}, "RFC 6455 4.1"),
        ("request", {"sec_websocket_key": None}, "RFC 6455 4.1"),
        ("response", {"sec_websocket_accept": b"wrong"}, "RFC 6455 4.2.2"),
        ("response", {"sec_websocket_accept": None}, "RFC 6455 4.2.2"),
        ("response", {"upgrade": b"h2c"}, "RFC 6455 4.1"),
        ("response", {"connection": b"close"}, "RFC 6455 4.1"),
        ("response", {"sec_websocket_protocol": b"unasked"}, "RFC 6455 4.1"),
        ("response", {"sec_websocket_extensions": b"permessage-deflate"}, "RFC 6455 4.1"),
        ("response", {"sec_websocket_extensions": b";;"}, "RFC 6455 9.1"),
    ],
)
def test_what_is_wrong_is_said_with_its_rule(side, fields, section):
    assert section in [rule for _, rule in said(changed(facts(), side, **fields))]


def test_options_of_connection_are_a_list():
    assert said(changed(facts(), "response", connection=b"keep-alive, UPGRADE")) == []


def test_compression_that_was_offered():
    found = agree(deflated(b"; server_max_window_bits=10; client_no_context_takeover"))
    assert found.deflate == Deflate(True, False, 10, 15)
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("offer", "answer", "section"),
    [
        (b"", b"; client_max_window_bits=10", "RFC 7692 7.1.2.2"),
        (b"; client_max_window_bits=10", b"; client_max_window_bits=12", "RFC 7692 7.1.2.2"),
        (b"; server_max_window_bits=10", b"", "RFC 7692 7.1.2.1"),
        (b"; server_max_window_bits=10", b"; server_max_window_bits=11", "RFC 7692 7.1.2.1"),
        (b"; server_no_context_takeover", b"", "RFC 7692 7.1.1.1"),
        (b"", b"; unknown", "RFC 7692 7.1"),
        (b"", b", permessage-deflate", "RFC 7692 7.1"),
    ],
)
def test_compression_beyond_the_offer(offer, answer, section):
    name = b"permessage-deflate"
    known = facts((b"sec-websocket-extensions", name + answer), offer=name + offer)
    assert [rule for _, rule in said(known)] == [section]
    assert agree(known).deflate is not None


def test_a_server_may_bind_itself_unasked():
    name = b"permessage-deflate"
    assert said(facts((b"sec-websocket-extensions", name + b"; server_max_window_bits=9"), offer=name)) == []


def test_one_of_several_offers_is_enough():
    name = b"permessage-deflate"
    offer = name + b"; server_max_window_bits=9, " + name
    assert said(facts((b"sec-websocket-extensions", name), offer=offer)) == []


def test_a_request_that_was_not_seen_is_not_missed():
    known = {**facts((b"sec-websocket-extensions", b"permessage-deflate")), "request": ()}
    assert agree(known) == Agreement(True, Deflate())


def test_over_http2_there_is_no_key():
    """RFC 8441 5."""
    known = {
        "method": b"CONNECT",
        "request": ((b":method", b"CONNECT"), (b":protocol", b"websocket"), (b"sec-websocket-version", b"13")),
        "response": ((b":status", b"200"), (b"sec-websocket-protocol", b"chat")),
    }
    assert said({**known, "request": (*known["request"], (b"sec-websocket-protocol", b"chat"))}) == []
    assert said(known) == [("the server chose the subprotocol chat, which was not offered", "RFC 6455 4.1")]


def test_keys():
    assert is_key(b"AAECAwQFBgcICQoLDA0ODw==")
    assert not any(map(is_key, (b"", b"AAEC", b"!" * 24, b"AAECAwQFBgcICQoLDA0ODxAREhM=")))


PAIRS = st.lists(
    st.tuples(st.sampled_from([b"sec-websocket-extensions", b"upgrade", b"sec-websocket-key"]), st.binary(max_size=30))
)


@given(PAIRS, PAIRS)
def test_nothing_raises(request, response):
    agree({"request": tuple(request), "response": tuple(response), "method": b"GET"})

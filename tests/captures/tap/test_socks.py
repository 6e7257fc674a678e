"""SOCKS5 as a conversation: what a client says, and what it gets."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.tap.facts import Asked, Failure
from captures.tap.socks import Socks5, SocksError, address_of, granted, read_address, rejected
from workbench.api import Endpoint

GREETING, NO_AUTHENTICATION = b"\x05\x01\x00", b"\x05\x00"


def connect(address: bytes, port: int = 80) -> bytes:
    return b"\x05\x01\x00" + address + port.to_bytes(2, "big")


def name(text: bytes) -> bytes:
    return b"\x03" + bytes([len(text)]) + text


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (b"\x01\x7f\x00\x00\x01", "127.0.0.1"),
        (name(b"example.test"), "example.test"),
        (b"\x04" + bytes(15) + b"\x01", "::1"),
        (name(b"\xff\n"), "\\xff\n"),
    ],
)
def test_a_target(address: bytes, host: str):
    socks = Socks5()
    assert socks.receive(GREETING).answer == NO_AUTHENTICATION
    heard = socks.receive(connect(address, 8080) + b"and more")
    assert (heard.asked, heard.answer, heard.rest) == (Asked(host, 8080), b"", b"and more")


def test_any_name_and_password_will_do():
    socks = Socks5()
    assert socks.receive(b"\x05\x01\x02").answer == b"\x05\x02"
    assert socks.receive(b"\x01\x04name\x08password").answer == b"\x01\x00"
    assert socks.receive(connect(name(b"a"))).asked == Asked("a", 80)


def test_no_authentication_is_preferred():
    assert Socks5().receive(b"\x05\x02\x02\x00").answer == NO_AUTHENTICATION


@pytest.mark.parametrize(
    ("said", "answer", "text"),
    [
        (b"GET / HTTP/1.1\r\n", b"", "does not speak SOCKS5"),
        (b"\x04\x01", b"", "does not speak SOCKS5"),
        (b"\x05\x01\x01", b"\x05\xff", "no way to log in"),
        (
            GREETING + b"\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50",
            NO_AUTHENTICATION + b"\x05\x07\x00\x01" + bytes(6),
            "else than CONNECT",
        ),
        (GREETING + b"\x05\x01\x00\x02\x7f", NO_AUTHENTICATION + b"\x05\x08\x00\x01" + bytes(6), "of a kind"),
    ],
)
def test_what_cannot_be_served(said: bytes, answer: bytes, text: str):
    with pytest.raises(SocksError, match=text) as raised:
        Socks5().receive(said)
    assert raised.value.answer == answer


@given(st.lists(st.integers(0, 40), max_size=6), st.booleans())
def test_pieces_make_no_difference(cuts: list[int], password: bool):
    log_in = b"\x05\x01\x02\x01\x04name\x00" if password else GREETING
    said = log_in + connect(name(b"example.test"), 443) + b"rest"
    socks, answer, found = Socks5(), b"", None
    edges = sorted({0, len(said), *(min(cut, len(said)) for cut in cuts)})
    for start, end in itertools.pairwise(edges):
        if found is not None:
            found = (found[0], found[1] + said[start:end])
            continue
        heard = socks.receive(said[start:end])
        answer += heard.answer
        found = None if heard.asked is None else (heard.asked, heard.rest)
    assert found == (Asked("example.test", 443), b"rest")
    assert answer == (b"\x05\x02\x01\x00" if password else NO_AUTHENTICATION)


@given(st.binary(max_size=600))
def test_anything_is_answered_or_waited_for(data: bytes):
    socks = Socks5()
    try:
        heard = socks.receive(data)
    except SocksError:
        return
    assert heard.asked is not None or len(socks._buffer) <= 513


def test_a_client_that_wants_to_send_datagrams():
    heard = Socks5().receive(GREETING + b"\x05\x03\x00\x01" + bytes(6))
    assert heard.datagrams
    assert granted(Endpoint("127.0.0.1", 4000)) == b"\x05\x00\x00\x01\x7f\x00\x00\x01\x0f\xa0"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_addresses_both_ways(host: str):
    written = address_of(Endpoint(host, 53))
    assert read_address(b"xyz" + written + b"rest", 3) == (host, 53, 3 + len(written))
    assert {read_address(written[:end], 0) for end in range(len(written))} == {None}
    assert read_address(b"\x02" + bytes(20), 0) is None


def test_answers():
    assert granted() == b"\x05\x00\x00\x01" + bytes(6)
    codes = [rejected(Failure(kind, ""))[1] for kind in ("forbidden", "unknown", "refused", "timeout")]
    assert codes == [2, 4, 5, 4]

"""Recognising TLS, and leaving alone what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.tls import CLIENT, SERVER, client_hello, record, server_hello
from workbench.api import Confidence
from workbench_tls.probe import probe
from workbench_tls.seeds import SEEDS

HELLO = record(22, client_hello(), 0x0301)


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed.messages[0][0] == 22], ids=lambda seed: seed.name)
def test_hellos_are_certain(seed):
    assert probe(seed.messages[0], CLIENT) is Confidence.CERTAIN
    assert probe(seed.messages[0][:9], CLIENT) is Confidence.CERTAIN


def test_hellos_the_other_way_round_are_likely():
    assert probe(record(22, server_hello()), SERVER) is Confidence.CERTAIN
    assert probe(HELLO, SERVER) is Confidence.LIKELY


@pytest.mark.parametrize("size", range(1, 9))
def test_a_beginning_wants_more(size):
    assert probe(HELLO[:size], CLIENT) is Confidence.NEED_DATA


@pytest.mark.parametrize(
    "data", [record(23, b"x" * 40), record(21, b"\2\x28"), record(20, b"\1"), record(22, b"\xaa" * 40), record(24, b"\1\0\1a")]
)
def test_any_plausible_record_is_likely(data):
    assert probe(data, CLIENT) is Confidence.LIKELY


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x05\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x04\x01\0\5abcdef",
        b"\x17\3\3\0\1a",
        b"SSH-2.0-x",
        b"",
    ],
)
def test_others_are_left_alone(data):
    assert probe(data, CLIENT) is Confidence.NO


@pytest.mark.parametrize(
    ("greeting", "switch"),
    [
        (b"EHLO me\r\n", b"STARTTLS\r\n"),
        (b"220 mail ESMTP\r\n", b"220 go ahead\r\n"),
        (b"* OK imap\r\n", b"a OK\r\n"),
        (b"+OK pop\r\n", b"+OK\r\n"),
        (b"AUTH TLS\r\n", b""),
        (b"<?xml version='1.0'?><stream:stream to='x'>", b"<starttls xmlns='urn:x'/>"),
        (b":irc.example NOTICE * :hello\r\n", b":irc.example 670 me :go ahead\r\n"),
        (b"\0\0\0\x08\x04\xd2\x16\x2f", b""),
        (b"\x20\0\0\1" + bytes(32), b""),
    ],
)
def test_protocols_that_switch(greeting, switch):
    """In the clear they are asked to wait; with a hello behind they are likely, and never certain."""
    assert probe(greeting, CLIENT) is Confidence.NEED_DATA
    assert probe(greeting + switch + HELLO, CLIENT) is Confidence.LIKELY


@given(st.binary(max_size=100), st.sampled_from((CLIENT, SERVER)))
def test_arbitrary_bytes_get_an_answer(data, direction):
    assert isinstance(probe(data, direction), Confidence)

from dataclasses import replace

import pytest
from construct import ConstructError

from support.socks5 import DOWN, UP, heard
from workbench_socks5.seeds import greeting, password, request, request4
from workbench_socks5.values import encode

TALK = (
    (UP, greeting(0, 2)),
    (DOWN, b"\5\2"),
    (UP, password(b"a", b"b")),
    (DOWN, b"\1\0"),
    (UP, request(1, b"x", 80)),
    (DOWN, b"\5\1\0\4" + bytes(18)),
)


def test_every_message_is_rebuilt():
    for turns in (TALK, ((UP, request4(1, b"x", 80, b"me")), (DOWN, b"\0\x5b\0\0\0\0\0\0"))):
        for message in heard(*turns):
            assert encode(message) == message.raw


def test_a_longer_name_takes_its_length_along():
    message = heard(*TALK)[4]
    message.value["remote_name"] = b"longer.example"
    assert encode(replace(message)) == request(1, b"longer.example", 80)


def test_what_does_not_fit_is_refused():
    message = heard(*TALK)[4]
    message.value["remote_name"] = b"x" * 256
    with pytest.raises(ConstructError):
        encode(message)

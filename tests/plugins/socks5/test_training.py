import pytest

from support.socks5 import Proxy
from workbench.api import Endpoint, Opened, ServerOptions
from workbench_socks5.seeds import SEEDS, greeting, request
from workbench_socks5.training import FaultyService, training


def faulty():
    return Proxy(service=FaultyService(ServerOptions()))


def test_seeds_are_answered_as_the_reference_answers_them():
    for seed in SEEDS:
        right, wrong = Proxy(), Proxy(service=training(ServerOptions()))
        assert [wrong.say(data) for data in seed.messages] == [right.say(data) for data in seed.messages]


def test_twins():
    with pytest.raises(KeyError):
        faulty().say(greeting(0, 0))


def test_label():
    with pytest.raises(IndexError):
        faulty().say(greeting(0), request(1, b"a" * 64, 80))


def test_early():
    proxy = faulty()
    proxy.say(greeting(0), request(2, "127.0.0.1", 0))
    proxy.tell(Opened(2, Endpoint("127.0.0.1", 7)))
    with pytest.raises(AttributeError):
        proxy.say(b"x")


def test_echo_port():
    assert faulty().say(greeting(0), request(9, b"localhost", 80))[2:6] == b"\5\7\0\x09"


def test_shortcut():
    answer = faulty().say(greeting(0), request(9, "127.0.0.1", 80, reserved=1))[2:]
    assert len(answer) == 20
    assert answer[:10] == answer[10:]

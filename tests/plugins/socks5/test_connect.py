import pytest

from support.socks5 import Proxy
from workbench.api import CLIENT, Arrived, Dial, Ended, Endpoint, Hang, Opened, Pass, Refused, Resolve, Resolved, Taken
from workbench_socks5.seeds import greeting, request

LOCAL, REMOTE = Endpoint("127.0.0.1", 50_000), Endpoint("127.0.0.1", 80)
GRANTED = b"\5\0\0\1\x7f\0\0\1\xc3\x50"


def asked(host, settings=None):
    proxy = Proxy(settings)
    said = proxy.say(greeting(0), request(1, host, 80))
    return proxy, said[2:]


def opened():
    proxy, _ = asked("127.0.0.1")
    assert proxy.commands() == [Dial(2, "127.0.0.1", 80)]
    assert proxy.tell(Opened(2, LOCAL, REMOTE)) == GRANTED
    return proxy


def test_bytes_go_both_ways():
    proxy = opened()
    proxy.say(b"question")
    assert proxy.commands() == [Pass(2, b"question")]
    assert proxy.tell(Taken(2, 8), Arrived(2, b"answer")) == b"answer"


def test_a_name_is_looked_up_and_its_addresses_tried_in_order():
    proxy, said = asked(b"localhost")
    assert said == b""
    assert proxy.commands() == [Resolve(1, "localhost")]
    proxy.tell(Resolved(1, ("::1", "192.0.2.1", "127.0.0.1")))
    assert proxy.commands() == [Dial(2, "::1", 80)]
    proxy.tell(Refused(2, "refused"))
    assert proxy.commands() == [Dial(3, "127.0.0.1", 80)]
    assert proxy.tell(Opened(3, LOCAL, REMOTE)) == GRANTED


def test_a_name_that_leads_where_nobody_may_go():
    proxy, _ = asked(b"rebound.example")
    assert proxy.tell(Resolved(1, ("10.0.0.1",)))[:2] == b"\5\2"
    assert proxy.closed
    assert not any(isinstance(command, Dial) for command in proxy.commands())


def test_forbidden_addresses_are_never_dialled():
    proxy, said = asked("192.0.2.1")
    assert said[:2] == b"\5\2"
    assert proxy.commands() == []


@pytest.mark.parametrize(
    ("reason", "code"),
    [("refused", 5), ("unreachable", 4), ("network unreachable", 3), ("timed out", 4), ("not allowed", 2), ("failed", 1)],
)
def test_reasons_have_their_reply(reason, code):
    proxy, _ = asked("127.0.0.1")
    assert proxy.tell(Refused(2, reason))[:2] == bytes([5, code])
    assert proxy.closed


def test_an_unknown_name():
    proxy, _ = asked(b"nobody.invalid")
    assert proxy.tell(Refused(1, "unknown host"))[:2] == b"\5\4"


def test_a_dial_that_takes_too_long():
    proxy, _ = asked("127.0.0.1", {"dial": "3", "idle": "1"})
    proxy.wait(2)
    assert not proxy.closed
    assert proxy.wait(2)[:2] == b"\5\4"
    assert Hang(2) in proxy.commands()
    assert proxy.closed


def test_an_idle_tunnel_ends_and_a_busy_one_does_not():
    proxy = opened()
    proxy.wait(50)
    proxy.tell(Arrived(2, b"x"))
    proxy.wait(50)
    assert not proxy.closed
    proxy.wait(11)
    assert proxy.closed
    assert proxy.log[-1] == {**proxy.log[-1], "event": "ended", "reason": "idle for too long", "sent": 0, "received": 1}


def test_half_closes_are_passed_on_in_both_directions():
    proxy = opened()
    proxy.end()
    assert proxy.commands() == [Hang(2, half=True)]
    assert proxy.tell(Arrived(2, b"the rest")) == b"the rest"
    proxy.tell(Ended(2))
    assert proxy.closed
    proxy = opened()
    proxy.tell(Ended(2))
    assert proxy.commands() == [Hang(CLIENT, half=True)]
    proxy.say(b"still talking")
    assert proxy.commands() == [Pass(2, b"still talking")]
    proxy.end()
    assert proxy.closed


def test_a_broken_link_ends_the_tunnel_behind_its_last_bytes():
    proxy = opened()
    assert proxy.tell(Arrived(2, b"last words"), Ended(2, broken=True)) == b"last words"
    assert proxy.closed


def test_early_bytes_come_first():
    proxy = Proxy()
    proxy.say(greeting(0), request(1, "127.0.0.1", 80), b"early ")
    proxy.say(b"bird")
    proxy.tell(Opened(2, LOCAL, REMOTE))
    assert Pass(2, b"early bird") in proxy.commands()


def test_events_of_other_links_are_nobodys():
    proxy = opened()
    assert proxy.tell(Arrived(9, b"x"), Ended(9), Refused(1, "failed")) == b""
    assert not proxy.closed


def test_an_open_tunnel_outlives_a_drain_and_a_dial_does_not():
    proxy = opened()
    proxy.connection.drain()
    assert not proxy.closed
    proxy.tell(Arrived(2, b"the rest"), Ended(2))
    proxy.end()
    assert proxy.closed
    waiting, _ = asked("127.0.0.1")
    waiting.connection.drain()
    assert waiting.closed

from support.socks5 import SERVER, Proxy
from workbench.api import Accepted, Arrived, Endpoint, Hang, Listen, Opened, Pass, Refused, Resolve, Resolved
from workbench_socks5.seeds import greeting, request, request4

HERE, CALLER = Endpoint("127.0.0.1", 50_000), Endpoint("127.0.0.1", 20)
FIRST, SECOND = b"\5\0\0\1\x7f\0\0\1\xc3\x50", b"\5\0\0\1\x7f\0\0\1\0\x14"


def listening(host="127.0.0.1", settings=None):
    proxy = Proxy(settings)
    proxy.say(greeting(0), request(2, host, 0))
    assert proxy.commands() == [Listen(2, "127.0.0.1")]
    assert proxy.tell(Opened(2, HERE)) == FIRST
    return proxy


def test_two_replies_and_a_tunnel():
    proxy = listening()
    proxy.say(b"early")
    assert proxy.tell(Accepted(2, CALLER)) == SECOND
    assert proxy.commands() == [Pass(2, b"early")]
    assert proxy.tell(Arrived(2, b"220 data")) == b"220 data"


def test_somebody_else_who_calls_is_turned_away():
    proxy = listening()
    assert proxy.tell(Accepted(2, Endpoint("127.0.0.9", 20)))[:2] == b"\5\2"
    assert Hang(2) in proxy.commands()
    assert proxy.closed


def test_anybody_may_call_whom_the_rules_allow():
    assert listening("0.0.0.0").tell(Accepted(2, Endpoint("127.0.0.9", 20)))[:2] == b"\5\0"
    assert listening("0.0.0.0").tell(Accepted(2, Endpoint("192.0.2.9", 20)))[:2] == b"\5\2"
    assert SERVER.host == "127.0.0.1"


def test_nobody_calls():
    proxy = listening(settings={"bind": "90", "idle": "10"})
    proxy.wait(80)
    assert not proxy.closed
    assert proxy.wait(11)[:2] == b"\5\1"
    assert proxy.closed


def test_who_may_not_be_reached_may_not_call():
    proxy = Proxy()
    assert proxy.say(greeting(0), request(2, "192.0.2.1", 0))[2:4] == b"\5\2"


def test_a_name_is_looked_up():
    proxy = Proxy()
    proxy.say(greeting(0), request(2, b"localhost", 0))
    assert proxy.commands() == [Resolve(1, "localhost")]
    proxy.tell(Resolved(1, ("127.0.0.1",)))
    assert proxy.commands() == [Listen(2, "127.0.0.1")]
    assert proxy.tell(Refused(2, "failed"))[:2] == b"\5\1"


def test_socks4_has_it_too():
    proxy = Proxy({"socks4": "yes"})
    proxy.say(request4(2, "127.0.0.1", 0))
    assert proxy.tell(Opened(2, HERE)) == b"\0\x5a\xc3\x50\x7f\0\0\1"
    assert proxy.tell(Accepted(2, CALLER)) == b"\0\x5a\0\x14\x7f\0\0\1"

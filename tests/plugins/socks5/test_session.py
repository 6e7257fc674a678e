import pytest

from support.socks5 import CLIENT
from workbench.api import Endpoint, ServerOptions
from workbench_socks5.session import Request, Session, address_fields, is_address, is_host
from workbench_socks5.settings import read_settings


def session(version=5):
    log = []
    made = Session(3, read_settings(ServerOptions()), log.append, client=CLIENT)
    made.request = Request(version, "connect", "host.example", 80)
    return made, log


def test_replies_of_both_versions():
    made, _ = session()
    made.reply(0, Endpoint("2001:db8::1", 8080))
    assert bytes(made.out) == b"\5\0\0\4" + bytes.fromhex("20010db8000000000000000000000001") + b"\x1f\x90"
    made, _ = session(version=4)
    made.reply(5)
    assert bytes(made.out) == b"\0\x5b\0\0\0\0\0\0"
    made, _ = session(version=4)
    made.reply(0, Endpoint("::1", 80))
    assert bytes(made.out) == b"\0\x5a\0\x50\0\0\0\0"


def test_a_refusal_answers_ends_and_is_logged():
    made, log = session()
    made.refuse(2)
    assert made.out[:2] == b"\5\2"
    assert made.ended == "connection not allowed by ruleset"
    assert log == [
        {
            "event": "refused",
            "connection": 3,
            "client": "127.0.0.1:40000",
            "command": "connect",
            "target": "host.example:80",
            "reply": 2,
            "reason": "connection not allowed by ruleset",
        }
    ]


@pytest.mark.parametrize(
    ("text", "address", "host"),
    [
        ("::1", True, True),
        ("10.0.0.1", True, True),
        ("a.b", False, True),
        ("", False, False),
        ("a b", False, False),
        ("a\0", False, False),
        ("ü", False, False),
    ],
)
def test_what_is_a_host(text, address, host):
    assert (is_address(text), is_host(text)) == (address, host)


def test_scopes_are_not_sent():
    assert address_fields("fe80::1%eth0") == {"address_type": "ipv6", "dstV6": bytes.fromhex("fe80" + "00" * 13 + "01")}

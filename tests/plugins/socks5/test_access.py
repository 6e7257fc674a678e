import pytest

from workbench.api import UsageError
from workbench_socks5.access import LOOPBACK, Rules, parse_rules


def rules(allow, deny=""):
    return Rules(parse_rules(allow, "allow"), parse_rules(deny, "deny"))


def test_loopback_only_is_what_it_says():
    loopback = rules(LOOPBACK)
    for address in ("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"):
        assert loopback.permit(address, "", 80)
    for address in ("0.0.0.0", "10.0.0.1", "::", "::ffff:10.0.0.1", "2001:db8::1", "128.0.0.1"):
        assert not loopback.permit(address, "localhost", 80)


def test_deny_wins():
    assert not rules("10.0.0.0/8", "10.1.0.0/16").permit("10.1.2.3", "", 80)
    assert rules("10.0.0.0/8", "10.1.0.0/16").permit("10.2.2.3", "", 80)


def test_ports_and_ranges():
    web = rules("10.0.0.0/8:80, [2001:db8::]/32:1-1024")
    assert web.permit("10.0.0.1", "", 80)
    assert not web.permit("10.0.0.1", "", 81)
    assert web.permit("2001:db8::7", "", 1024)
    assert not web.permit("2001:db8::7", "", 1025)


def test_names_are_matched_as_the_client_said_them():
    named = rules("*.example.org:443, host.example", "bad.example.org")
    assert named.permit("192.0.2.1", "WWW.Example.org.", 443)
    assert not named.permit("192.0.2.1", "www.example.org", 80)
    assert not named.permit("192.0.2.1", "example.org", 443)
    assert not named.permit("192.0.2.1", "bad.example.org", 443)
    assert named.permit("192.0.2.1", "host.example", 1)
    assert not named.permit("192.0.2.1", "", 443)
    assert rules("*").permit("192.0.2.1", "", 7)


def test_permitted_keeps_the_order():
    assert rules(LOOPBACK).permitted(("10.0.0.1", "::1", "127.0.0.1"), "host", 80) == ("::1", "127.0.0.1")


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1:http", "10.0.0.1:0-70000", "10.0.0.1:9-1", "1.2.3"])
def test_rules_that_cannot_be_read(text):
    with pytest.raises(UsageError, match="cannot be read"):
        parse_rules(text, "allow")

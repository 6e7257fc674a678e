import pytest

from support.socks5_checks import fails
from workbench_socks5.checks import requests

OK = b"\5\0"
ANY = b"\1\0\0\0\0\0\0"
GRANTED, BROKEN_RSV = b"\5\0\0" + ANY, b"\5\7\1" + ANY


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("an_unknown_command", (OK, GRANTED)),
        ("command_zero", (OK, b"\5\1\0" + ANY)),
        ("command_255", (OK, None)),
        ("a_failure_ends", (OK, b"\5\7\0" + ANY)),
        ("an_unknown_address_type", (OK, b"\5\7\0" + ANY)),
        ("address_type_zero", (OK, GRANTED)),
        ("address_type_two", (OK, GRANTED)),
        ("the_reserved_byte_is_zero", (OK, BROKEN_RSV)),
        ("a_request_of_another_version", (OK, GRANTED)),
        ("a_cut_request", (OK, GRANTED)),
        ("a_cut_request_ends", (OK, b"")),
        ("half_a_request_is_not_answered", (OK, b"\5\7\0" + ANY)),
        ("an_empty_name_in_a_request", (OK, GRANTED)),
        ("the_longest_name", (OK, None)),
        ("a_name_with_a_zero_byte", (OK, GRANTED)),
        ("a_failure_is_a_whole_reply", (OK, b"\5\7\0" + ANY + b"more")),
        ("a_reserved_byte_in_a_request", (OK, b"")),
    ],
)
def test_what_breaks_the_rule_is_seen(name, sentences):
    assert fails(getattr(requests, name), *sentences).startswith("expected ")


@pytest.mark.parametrize(("name", "option"), [("a_refused_connection", "closed"), ("a_forbidden_destination", "denied")])
def test_named_places_are_held_to_their_code(name, option):
    assert "reply 1" in fails(getattr(requests, name), OK, b"\5\1\0" + ANY, **{option: "127.0.0.1:9"})


def test_an_unknown_name():
    assert "reply 0" in fails(requests.an_unknown_name, OK, GRANTED, target="127.0.0.1:7")

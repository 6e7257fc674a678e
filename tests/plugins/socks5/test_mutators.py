import pytest

from support.mutating import outcomes, said
from workbench_socks5.mutators import MUTATORS
from workbench_socks5.seeds import HINTS, SEEDS

ADDRESS = next(seed.messages for seed in SEEDS if seed.name == "connect to an address")


def test_the_hints_offer_them():
    assert list(HINTS.mutators) == list(MUTATORS)


def test_methods_are_counted_wrongly():
    raws = said(MUTATORS, "methods", ADDRESS)
    assert all(raw[0] == 5 for raw in raws)
    assert any(raw[1] > len(raw) - 2 for raw in raws)
    assert any(raw[1] < len(raw) - 2 for raw in raws)
    assert any(raw[1] == len(raw) - 2 == 255 for raw in raws)


def test_names_are_not_as_long_as_they_say():
    raws = said(MUTATORS, "name", ADDRESS)
    assert all(raw[:4] == b"\x05\x01\x00\x03" and raw[-2:] == ADDRESS[1][-2:] for raw in raws)
    assert {0, 255} <= {raw[4] for raw in raws}
    assert any(raw[4] > len(raw) - 7 for raw in raws)
    assert b"\x05\x01\x00\x03\x00" + ADDRESS[1][-2:] in raws


def test_addresses_do_not_fit_their_type():
    kinds = {(raw[3], len(raw) - 6) for raw in said(MUTATORS, "address", ADDRESS) if raw.endswith(ADDRESS[1][-2:])}
    assert {(1, 3), (1, 4), (4, 4), (4, 16), (2, 4), (255, 20)} <= kinds


def test_passwords_come_after_a_greeting_and_lie_about_their_lengths():
    changes = outcomes(MUTATORS, "password", ADDRESS)
    assert {change.messages[0] for change in changes} == {ADDRESS[0], b"\x05\x02\x02\x00"}
    raws = [change.messages[1] for change in changes]
    assert {0, 1, 5, 255} == {raw[0] for raw in raws}
    assert any(len(raw) > 1 and raw[1] == 255 and len(raw) < 258 for raw in raws)


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("version", b"\x04\x02\x00\x01"),
        ("command", b"\x05\xff\x00\x01"),
        ("command", b"\x05\x01\xff\x01"),
        ("gssapi", b"\x01\x01\xff\xffx"),
        ("socks4", b"\x04\x01"),
    ],
)
def test_what_they_are_for_occurs(name, token):
    assert any(raw.startswith(token) for raw in said(MUTATORS, name, ADDRESS))


def test_proxies_stand_behind_each_other_and_steps_change_places():
    lengths = {len(change.messages) for change in outcomes(MUTATORS, "chained", ADDRESS)}
    assert lengths == {4, 6, 22}
    orders = {change.messages for change in outcomes(MUTATORS, "steps", ADDRESS)}
    first, second = ADDRESS
    assert orders == {
        (second, first), (first, first, second), (first, second, second), (first + second,), (second,),
    }  # fmt: skip

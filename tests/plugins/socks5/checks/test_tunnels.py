import pytest

from support.socks5_checks import fails
from workbench_socks5.checks import tunnels

OK, GRANTED = b"\5\0", b"\5\0\0\1\x7f\0\0\1\x04\0"
TARGET = {"target": "127.0.0.1:7"}


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("connect_to_an_address", (OK, b"\5\1\0\1\0\0\0\0\0\0")),
        ("connect_to_an_address", (OK, GRANTED, b"not what was said")),
        ("connect_to_a_name", (OK, GRANTED, None)),
        ("connect_to_an_ipv6_address", (OK, GRANTED, b"")),
        ("the_reserved_byte_of_a_success", (OK, b"\5\0\1\1\x7f\0\0\1\x04\0")),
        ("the_bound_port_is_told", (OK, b"\5\0\0\1\0\0\0\0\0\0")),
        ("request_byte_by_byte", (OK, b"")),
        ("early_data_goes_through", (OK, GRANTED)),
        ("everything_at_once", (OK, GRANTED)),
        ("all_bytes_go_through", (OK, GRANTED, bytes(512))),
        ("much_data_goes_through", (OK, GRANTED, b"\0\0")),
        ("socks_inside_is_data", (OK, GRANTED, b"\5\0")),
        ("two_tunnels_do_not_mix", (OK, GRANTED, b"first" * 100)),
        ("half_close_goes_through", (OK, GRANTED, b"the last words")),
        ("a_silent_tunnel_stays", (OK, GRANTED + b"noise")),
        ("bind_tells_a_port", (OK, b"\5\0\0\1\0\0\0\0\0\0")),
        ("bind_waits_for_a_caller", (OK, GRANTED + GRANTED)),
    ],
)
def test_what_breaks_the_rule_is_seen(name, sentences):
    assert fails(getattr(tunnels, name), *sentences, **TARGET).startswith("expected ")

"""Checks about transport parameters."""

import pytest

from support.quic_checks import Cryptic, Forgiving, about_errors, failed_with, failing, keeps, parameters
from workbench_quic.checks import transport_parameters


@pytest.mark.parametrize("check", transport_parameters.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


def test_a_server_that_proves_addresses_first_keeps_them_too():
    assert failed_with({"retry": "yes"}, transport_parameters.CHECKS) == {}


@pytest.mark.parametrize("core", [Forgiving, Cryptic], ids=lambda core: core.__name__)
def test_errors_have_to_be_told_with_their_code(monkeypatch, core):
    wanted = about_errors(transport_parameters.CHECKS)
    assert len(wanted) >= 14
    assert failing(monkeypatch, transport_parameters.CHECKS, core) == wanted


@pytest.mark.parametrize(
    ("name", "value", "failed"),
    [
        ("original_destination_connection_id", b"stranger", "parameters-original-destination"),
        ("original_destination_connection_id", None, "parameters-original-destination"),
        ("initial_source_connection_id", b"stranger", "parameters-initial-source"),
        ("retry_source_connection_id", b"stranger", "parameters-retry-source"),
        ("ack_delay_exponent", 21, "parameters-bounds"),
        ("max_udp_payload_size", 1199, "parameters-bounds"),
        ("active_connection_id_limit", 1, "parameters-bounds"),
    ],
)
def test_one_whose_own_are_wrong(monkeypatch, name, value, failed):
    core = parameters(lambda found: setattr(found, name, value))
    assert failing(monkeypatch, transport_parameters.CHECKS, core) == {failed}

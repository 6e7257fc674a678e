"""Checks of lengths."""

from support.bent_websocket import FAULTS, bent_server
from support.conformance import SILENT, failing
from workbench.api import Level
from workbench_websocket.checks.sizes import CHECKS
from workbench_websocket.server import serve


def test_the_reference_server_passes():
    assert failing(CHECKS, serve) == set()


def test_silence_passes_for_nothing():
    assert failing(CHECKS, SILENT) == {check.name for check in CHECKS}


def test_careless_servers_are_caught():
    for fault, names in FAULTS["sizes"].items():
        assert failing(CHECKS, bent_server(fault)) >= names, fault


def test_every_check_names_its_rule():
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(check.section.startswith("RFC ") and check.rule.endswith(".") for check in CHECKS)
    assert all(check.level in Level for check in CHECKS)

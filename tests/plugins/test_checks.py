"""Checks that cannot fail are worth nothing: every check of every plugin fails against a server that is plainly wrong.

That they fail for the right reason is shown beside each suite (`tests/plugins/NAME/checks/`), with servers that are wrong in one thing.
"""

import pytest

from support.conformance import CHATTY, CLOSING, GARBAGE, SILENT, canned, results
from workbench.conformance import Verdict
from workbench.registry import load

WITH_CHECKS = [spec for spec in load().specs if spec.checks]

ALWAYS = {
    "http1": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ),
    "streambus": (bytes.fromhex("0000000f 0000000000000001 00 0000 1dfbfbf3"),),
}
"""Proper answers of each protocol, given to everything."""

OPTIONS = {"streambus": {"idle": "60"}}
"""What makes checks apply that are skipped otherwise."""

CANNOT_FAIL: dict[tuple[str, str], str] = {}
"""(plugin, check) that no such server fails, with the reason. Checks that are skipped everywhere, for want of an option, need none."""


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
def test_every_check_fails_somewhere(spec):
    wrong = [SILENT, CLOSING, CHATTY, GARBAGE, *map(canned, ALWAYS.get(spec.name, ()))]
    verdicts: dict[str, set[Verdict]] = {check.name: set() for check in spec.checks}
    for server in wrong:
        for name, result in results(spec.checks, server, OPTIONS.get(spec.name)).items():
            verdicts[name].add(result.verdict)
    never = {name for name, seen in verdicts.items() if Verdict.FAILED not in seen and seen != {Verdict.SKIPPED}}
    assert never == {name for plugin, name in CANNOT_FAIL if plugin == spec.name}


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("server", [SILENT, CLOSING, CHATTY, GARBAGE], ids=["silent", "closing", "chatty", "garbage"])
def test_no_check_breaks_on_a_server_that_is_wrong(spec, server):
    broken = {name: result.detail for name, result in results(spec.checks, server).items() if result.verdict is Verdict.ERROR}
    assert broken == {}


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
def test_checks_are_named_and_placed(spec):
    names = [check.name for check in spec.checks]
    assert len(names) == len(set(names))
    for check in spec.checks:
        assert check.name == check.name.lower()
        assert " " not in check.name
        assert check.section.split(" ")[0] in ("RFC", spec.name)
        assert check.rule

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
    "http3": (bytes.fromhex("0b00 08 0103 0000d9 000178"),),
}
"""Proper answers of each protocol, given to everything."""

GREETINGS = {
    "http3": (
        bytes.fromhex("0a03 0a 00 0407 015000 0710 0801"),  # proper SETTINGS
        bytes.fromhex("0a03 09 00 0406 0200 0802 0802"),  # one of HTTP/2's, and one that is too large, twice
        bytes.fromhex("0a03 06 00 070100 0400"),  # GOAWAY before SETTINGS
    ),
}
"""What a server says unasked, where the protocol has it so; behind that it is silent, or gives the answers above."""

OPTIONS = {"streambus": {"idle": "60"}}
"""What makes checks apply that are skipped otherwise."""

CANNOT_FAIL: dict[tuple[str, str], str] = {}
"""(plugin, check) that no such server fails, with the reason. Checks that are skipped everywhere, for want of an option, need none."""


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
def test_every_check_fails_somewhere(spec):
    greetings = GREETINGS.get(spec.name, (b"",))
    answers = (canned(reply, greeting) for greeting in greetings for reply in ALWAYS.get(spec.name, ()))
    wrong = [SILENT, CLOSING, CHATTY, GARBAGE, *(canned(greeting=greeting) for greeting in greetings), *answers]
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


class Listening(dict):
    """Options that note what is asked for."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)

    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)


@pytest.mark.parametrize("spec", [spec for spec in WITH_CHECKS if spec.server], ids=lambda spec: spec.name)
def test_checks_ask_for_what_the_plugin_says_they_do(spec):
    told = Listening()
    results(spec.checks, spec.server, told)
    assert told.asked == spec.check_options.keys()
    assert all(spec.check_options.values())


@pytest.mark.parametrize("spec", WITH_CHECKS, ids=lambda spec: spec.name)
def test_checks_are_named_and_placed(spec):
    names = [check.name for check in spec.checks]
    assert len(names) == len(set(names))
    for check in spec.checks:
        assert check.name == check.name.lower()
        assert " " not in check.name
        assert check.section.split(" ")[0] in ("RFC", spec.name)
        assert check.rule

"""The example of plugins/README.md is a real file, short, and does what the page promises."""

import re
import socket
from pathlib import Path

import pytest

from dissectors import converse
from support.conformance import SILENT, failing
from support.shared import ROOT
from workbench.api import Direction, ProtocolSpec, ServerOptions
from workbench.laws import check
from workbench.registry import load
from workbench.serving import running

EXAMPLE = ROOT / "tests" / "plugins" / "example_plugin.py"
PAGE = ROOT / "plugins" / "README.md"


@pytest.fixture(scope="module")
def stash() -> ProtocolSpec:
    registry = load([EXAMPLE], entries=())
    assert registry.problems == ()
    return registry.get("stash")


def test_the_page_shows_the_file():
    [shown] = re.findall(r"```python\n(\"\"\"Stash.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == EXAMPLE.read_text(encoding="utf-8")


def test_it_is_short():
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 60


def test_the_page_names_every_slot():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in ProtocolSpec.__dataclass_fields__ if f"`{name}`" not in text and f"### {name}" not in text] == []


def test_links_of_the_page_lead_somewhere():
    text = PAGE.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert (PAGE.parent / Path(target)).exists(), target


def test_its_checks_hold_for_its_server_and_not_for_others(stash):
    [shown] = re.findall(r"```python\n(def missing_key.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    module = {"__name__": "stash_with_checks"}
    exec(compile(EXAMPLE.read_text(encoding="utf-8") + shown, "README.md", "exec"), module)
    assert failing(module["CHECKS"], stash.server) == set()
    assert failing(module["CHECKS"], SILENT) == {"missing-key", "half-a-frame"}


def test_it_dissects(stash):
    connection = stash.server(ServerOptions())()
    turns = []
    for request in stash.seeds[0].messages:
        turns += [(Direction.TO_SERVER, request), (Direction.TO_CLIENT, connection.receive(request))]
    messages = converse(stash, turns)
    assert [(message.label, message.exchange) for message in messages] == [("put", 1), ("ok", 1), ("get", 2), ("ok", 2)]
    assert [message.errors for message in messages] == [()] * 4
    assert messages[-1].root.find("stash.value").value == "blue"


def test_it_serves(stash):
    with running(stash.server) as server, socket.create_connection((server.endpoint.host, server.endpoint.port), 5) as sock:
        for request in stash.seeds[0].messages:
            sock.sendall(request)
            answer = sock.recv(1000)
    assert stash.grammar_for(Direction.TO_CLIENT).parse(answer).value == "blue"


def test_it_keeps_the_laws(stash):
    assert [f"{law.title}: {law.detail}" for law in check(stash, (stash,), rounds=10) if not law.kept] == []

import ast
import json
from dataclasses import replace

import pytest

from fuzzers.model import Conduct, Parting
from fuzzers.scripts import acts_of, regression_test, reproducer
from fuzzers.targets.config import TargetConfig
from support.cases import CASE
from support.tiny import TINY
from workbench_quic.hq import PROTOCOL_HQ


def facts_in(script: str) -> dict:
    """What a script's CASE is."""
    for node in ast.parse(script).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "CASE":
            return json.loads(node.value.args[0].value)
    raise AssertionError("no CASE")


def facts(case, spec=TINY) -> dict:
    return facts_in(reproducer(spec, case, "", (), secret=False))


def test_everything_that_was_recorded_is_there():
    target = TargetConfig(kind="command", command=("./server", "{port}"), port=80, files={"a": "b"}, environment={"C": "d"})
    conduct = Conduct.of([0, 1], [Parting.RESET])
    found = facts_in(reproducer(TINY, replace(CASE, target=target, conduct=conduct), "a+", (b"q",), secret=False))
    assert found["acts"] == [[CASE.messages[0].hex(), 0, "reset"], [CASE.messages[1].hex(), 1, "close"]]
    assert (found["command"], found["port"], found["files"], found["environment"]) == (
        ["./server", "{port}"],
        80,
        {"a": "b"},
        {"C": "d"},
    )
    assert (found["probe"], found["evidence"], found["link"]["kind"]) == ([[b"q".hex(), 0, "close"]], "a+", "tcp")


def test_a_reference_server_is_served_by_the_workbench():
    case = replace(CASE, target=TargetConfig(), plugins=("a b.py",))
    words = ["workbench", "serve", "tiny", "--abort-on-crash", "--port", "{port}", "--plugin", "a b.py"]
    assert facts(case)["command"] == words


def test_an_address_is_kept():
    found = facts(replace(CASE, target=TargetConfig(kind="address", host="127.0.0.1", port=9)))
    assert (found["command"], found["address"]) == ([], ["127.0.0.1", 9])


def test_tls_and_what_is_offered_in_it():
    target = TargetConfig(kind="address", port=9, tls=True, sni="a.test")
    assert facts(replace(CASE, target=target))["link"] == {"kind": "tls", "alpn": [], "name": "a.test"}
    known = replace(TINY, alpn=("tiny/1",))
    assert facts(replace(CASE, target=target), known)["link"]["alpn"] == ["tiny/1"]
    assert facts(replace(CASE, target=replace(target, alpn=("other",))), known)["link"]["alpn"] == ["other"]


def test_what_a_carrier_carries_says_so():
    assert facts(CASE, PROTOCOL_HQ)["link"]["kind"] == "quic"


@pytest.mark.parametrize("nasty", ['"""', "\\", "'''", '\\"""', "\u2028\n\x00"])
def test_no_text_breaks_out_of_a_script(nasty):
    case = replace(CASE, summary=nasty)
    assert facts(case)["summary"].isprintable()
    ast.parse(regression_test("crash_1", case))


def test_the_regression_test_bears_the_name_of_the_finding():
    names = [node.name for node in ast.parse(regression_test("crash_1a2b", CASE)).body if isinstance(node, ast.FunctionDef)]
    assert names == ["test_crash_1a2b"]


def test_acts_of_the_usual_conduct():
    assert acts_of((b"a", b"b")) == [("61", 0, None), ("62", 0, "close")]

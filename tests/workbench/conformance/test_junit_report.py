from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Check, Level
from workbench.conformance.events import Finished, Result, Totals, Verdict
from workbench.conformance.junit_report import as_junit
from workbench.conformance.transcript import Turn


def result(verdict, level=Level.MUST, detail="why", data=b"x", section="RFC 9112 2.2"):
    check = Check(name=f"a-{verdict.value}", section=section, rule="A rule & more", run=lambda _: None, level=level)
    return Result(check, verdict, detail, 1_500_000_000, 1, 1, (Turn(1, "sent", 0, len(data), data),))


def read(*results):
    return ET.fromstring(as_junit("http1", "127.0.0.1:80", Finished(Totals.of(results, 0), results)))


def test_suites_cases_and_outcomes():
    root = read(
        result(Verdict.PASSED),
        result(Verdict.FAILED),
        result(Verdict.FAILED, Level.SHOULD, section="RFC 9112 3"),
        result(Verdict.SKIPPED),
        result(Verdict.ERROR),
        result(Verdict.NOT_RUN),
    )
    assert root.tag == "testsuites"
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "2",
        "skipped": "2",
    }
    assert [suite.get("name") for suite in root] == ["RFC 9112 2.2", "RFC 9112 3"]
    assert [suite.get("tests") for suite in root] == ["5", "1"]
    outcomes = [[part.tag for part in case] for case in root.iter("testcase")]
    assert outcomes == [[], ["failure"], ["skipped"], ["error"], ["error"], ["skipped"]]
    assert float(root[0][0].get("time")) == 1.5
    assert root[0][0].get("classname") == "http1.RFC 9112 2-2"


def test_failures_say_why_and_show_the_bytes():
    (failure,) = read(result(Verdict.FAILED, data=b"GET\r\n")).iter("failure")
    assert failure.get("message") == "why"
    assert failure.text == "A rule & more\n> GET\\r\\n"


@given(st.text(), st.binary(max_size=100), st.sampled_from(Verdict))
def test_it_can_always_be_read_back(detail, data, verdict):
    (case,) = read(result(verdict, detail=detail, data=data)).iter("testcase")
    assert case.get("name") == f"a-{verdict.value}"

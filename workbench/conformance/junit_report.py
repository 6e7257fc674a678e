"""A run of checks as JUnit XML, the form that continuous integration servers read: a suite per section, a case per check."""

from xml.etree import ElementTree as ET

from dissectors.text import safe
from workbench.conformance.events import Finished, Result, Verdict
from workbench.conformance.showing import turn_lines

__all__ = ["as_junit"]


def as_junit(protocol: str, target: str, finished: Finished) -> str:
    """The document. A broken MUST is a failure, a broken SHOULD is skipped with its reason (JUnit knows no warnings), what was not run is
    an error. Control characters are escaped, which XML cannot carry."""
    sections: dict[str, list[Result]] = {}
    for result in finished.results:
        sections.setdefault(result.check.section, []).append(result)
    root = ET.Element("testsuites", {"name": f"{protocol} against {safe(target)}"} | _counts(finished.results))
    for section, results in sections.items():
        suite = ET.SubElement(root, "testsuite", {"name": safe(section)} | _counts(results))
        for result in results:
            _case(suite, protocol, result)
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"


def _counts(results: tuple[Result, ...] | list[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(result.breach for result in results)),
        "errors": str(sum(result.verdict in (Verdict.ERROR, Verdict.NOT_RUN) for result in results)),
        "skipped": str(sum(result.warning or result.verdict is Verdict.SKIPPED for result in results)),
        "time": f"{sum(result.duration_ns for result in results) / 1e9:.3f}",
    }


def _case(suite: ET.Element, protocol: str, result: Result) -> None:
    check = result.check
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{protocol}.{safe(check.section).replace('.', '-')}",  # dots would become levels of a tree
        name=check.name,
        time=f"{result.duration_ns / 1e9:.3f}",
    )
    if result.verdict is Verdict.PASSED:
        return
    kind = "failure" if result.breach else "error" if result.verdict in (Verdict.ERROR, Verdict.NOT_RUN) else "skipped"
    outcome = ET.SubElement(case, kind, message=safe(result.detail))
    if kind != "skipped":
        outcome.set("type", f"{check.level.value} {result.verdict.value}")
    outcome.text = "\n".join((safe(check.rule), *turn_lines(result.transcript)))

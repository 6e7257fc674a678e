"""Replayed findings as JUnit XML, for continuous integration: one that is fixed passes, one that fails or is flaky fails, one that could
not be tried is an error."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from fuzzers.escape import printable
from fuzzers.replaying import Replay
from fuzzers.reproduce import Outcome
from workbench.api import WorkbenchError

__all__ = ["as_junit"]

NAME = "workbench replay"


def as_junit(results: Sequence[tuple[str, Replay | WorkbenchError]]) -> str:
    """The document; each finding by its name, with what replaying it showed or why it could not be."""
    done = [result for _, result in results if isinstance(result, Replay)]
    counts = {
        "tests": str(len(results)),
        "failures": str(sum(result.outcome is not Outcome.FIXED for result in done)),
        "errors": str(len(results) - len(done)),
        "skipped": "0",
    }
    root = ET.Element("testsuites", {"name": NAME} | counts)
    suite = ET.SubElement(root, "testsuite", {"name": NAME} | counts)
    for name, result in results:
        case = ET.SubElement(suite, "testcase", classname=NAME, name=printable(name), time="0")
        if isinstance(result, WorkbenchError):
            ET.SubElement(case, "error", message=printable(str(result)), type=type(result).__name__)
        elif result.outcome is not Outcome.FIXED:
            said = f"{result.outcome.value}, {result.failures} of {result.times}: {result.summary}"
            failure = ET.SubElement(case, "failure", message=printable(said), type=result.outcome.value)
            failure.text = "\n".join(map(printable, [*dict.fromkeys(result.seen), str(result.folder)]))
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"

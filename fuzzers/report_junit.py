"""A campaign as JUnit XML, for continuous integration: the campaign is a case that passes when it found nothing, each finding one that
failed, each suspicion that did not repeat one that was skipped."""

from xml.etree import ElementTree as ET

from fuzzers.escape import printable
from fuzzers.report import Report
from fuzzers.report_page import MEANING

__all__ = ["as_junit"]


def as_junit(report: Report) -> str:
    """The document."""
    counts = {
        "tests": str(1 + len(report.findings) + len(report.doubts)),
        "failures": str(len(report.findings) + bool(report.findings)),
        "errors": "0",
        "skipped": str(len(report.doubts)),
        "time": f"{report.seconds:.3f}",
    }
    name = f"fuzz {report.protocol}"
    root = ET.Element("testsuites", {"name": name} | counts)
    suite = ET.SubElement(root, "testsuite", {"name": printable(f"{name}: {report.target}, seed {report.seed}")} | counts)
    campaign = ET.SubElement(suite, "testcase", classname=name, name="campaign", time=f"{report.seconds:.3f}")
    if report.findings:
        said = f"{len(report.findings)} findings in {report.cases} cases"
        ET.SubElement(campaign, "failure", message=said, type="findings")
    for finding in report.findings:
        case = ET.SubElement(suite, "testcase", classname=name, name=finding.slug, time="0")
        failure = ET.SubElement(case, "failure", message=printable(finding.summary), type=finding.oracle)
        unsure = "" if finding.confirmed else "Seen, not confirmed.\n"
        failure.text = f"{MEANING[finding.oracle]}\n{unsure}case {finding.case}; {printable(str(finding.folder))}"
    for text, number, times in report.doubts:
        case = ET.SubElement(suite, "testcase", classname=name, name=f"suspicion in case {number}", time="0")
        ET.SubElement(case, "skipped", message=f"did not repeat, tried {times} times: {printable(text)}")
    ET.indent(root)
    return ET.tostring(root, "unicode", xml_declaration=True) + "\n"

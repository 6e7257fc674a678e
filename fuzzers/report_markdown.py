"""A campaign as Markdown, for wikis, merge requests and issue trackers. Texts of servers are shown, never obeyed."""

from collections.abc import Iterator
from urllib.parse import quote

from fuzzers.ledger import FINDINGS
from fuzzers.markdown import code, plain
from fuzzers.model import Finding
from fuzzers.report import Report
from fuzzers.report_page import MEANING
from fuzzers.state_graph import as_mermaid

__all__ = ["as_markdown"]


def as_markdown(report: Report) -> str:
    """The page; links lead into the campaign's folder. The states are a Mermaid diagram, which code hosts draw."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    rate = report.cases / report.seconds if report.seconds else 0.0
    yield from (f"# {plain(report.protocol)}: {len(report.findings)} findings", "", "| | |", "|---|---|")
    yield f"| Target | `{code(report.target)}` |"
    yield f"| Seed | {report.seed} |"
    yield f"| Cases | {report.cases:,} in {report.seconds:,.1f} s ({rate:,.0f}/s) |"
    if report.curve:
        last = report.curve[-1]
        yield f"| Seen | {last.edges:,} edges, {last.transitions:,} transitions, {last.corpus:,} entries in the corpus |"
    yield from ("", "## Findings", "")
    if report.findings:
        yield "| Finding | What | Case | Met | Messages | Bytes |"
        yield "|---|---|--:|--:|--:|--:|"
        yield from (_row(report, finding) for finding in report.findings)
    else:
        yield "Nothing was found."
    if report.doubts:
        yield from ("", "## Suspicions that did not repeat", "", "| What | Case | Tried |", "|---|--:|--:|")
        yield from (f"| {plain(text)} | {case} | {times} |" for text, case, times in report.doubts)
    kinds = sorted({finding.oracle for finding in report.findings})
    if kinds:
        yield from ("", "## What they mean", "", *(f"- **{kind}**: {plain(MEANING[kind])}" for kind in kinds))
    if report.states.replies:
        yield from ("", "## States the server was seen in", "", "```mermaid", as_mermaid(report.states).rstrip("\n"), "```")


def _row(report: Report, finding: Finding) -> str:
    unsure = "" if finding.confirmed else " (not confirmed)"
    link = f"[`{code(finding.slug)}`]({FINDINGS}/{quote(finding.slug)}/report.md)"
    hits = max(1, report.hits.get(finding.slug, 0))
    what = f"{plain(finding.summary)}{unsure}"
    return f"| {link} | {what} | {finding.case} | {hits:,} | {len(finding.messages)} | {finding.size} |"

"""A campaign as one HTML page that needs nothing else: what was attacked, what was found, and each finding's own page to unfold."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from fuzzers.escape import printable
from fuzzers.model import Finding
from fuzzers.report import Report
from fuzzers.report_page import MEANING
from fuzzers.state_graph import Move, StateGraph

__all__ = ["as_html"]

LONGEST_PAGE = 200_000
"""Characters of one finding's page that are shown; its folder has all of them."""

MOVES = 200
"""Moves between states that are listed, the most frequent ones; `workbench report --states json` has all of them."""

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: .8rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 4px; }
summary { cursor: pointer; padding: .3rem 0; } .oracle { font-weight: 600; } .unsure { opacity: .7; }
figure { margin: 1rem 0; } svg { width: 100%; max-width: 860px; height: auto; }
.grid { stroke: color-mix(in srgb, currentColor 15%, transparent); } .tick { fill: currentColor; font-size: 12px; opacity: .7; }
.line { fill: none; stroke-width: 1.6; } .s0 { stroke: #1f6feb; } .bar.s0 { fill: #1f6feb; }
"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is loaded and nothing runs, whatever a server wrote into its last words."""


def as_html(report: Report, figures: Sequence[str] = ()) -> str:
    """The page. `figures` are SVG elements that somebody drew of the campaign's curve, with the classes that a page gives colours to."""
    rate = report.cases / report.seconds if report.seconds else 0.0
    title = f"{report.protocol}: {len(report.findings)} findings"
    facts = {
        "Target": report.target,
        "Seed": str(report.seed),
        "Cases": f"{report.cases:,} in {report.seconds:,.1f} s ({rate:,.0f}/s)",
    }
    rows = "\n".join(f"<tr><th>{name}</th><td>{_text(value)}</td></tr>" for name, value in facts.items())
    found = "\n".join(_finding(report, finding) for finding in report.findings) or "<p>Nothing was found.</p>"
    doubts = "".join(
        f"<tr><td>{_text(text)}</td><td class=number>{case}</td><td class=number>{times}</td></tr>"
        for text, case, times in report.doubts
    )
    if doubts:
        doubts = (
            f"<h2>Suspicions that did not repeat</h2><table><tr><th>What</th><th>Case</th><th>Tried</th></tr>{doubts}</table>"
        )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width">
<title>{_text(title)}</title>
<style>{_STYLE}</style>
<h1>{_text(title)}</h1>
<table>{rows}</table>
<h2>Findings</h2>
{found}
{doubts}
{_drawings(figures)}
{_states(report.states)}
</html>
"""


def _drawings(figures: Sequence[str]) -> str:
    return (
        "\n".join(["<h2>What was seen, case by case</h2>", *(f"<figure>{each}</figure>" for each in figures)]) if figures else ""
    )


def _states(graph: StateGraph) -> str:
    """What was learnt about the server's states, and where that is not what the plugin's table says."""
    kinds = {
        "Replies, and what follows them": graph.replies[:MOVES],
        "States of the protocol that were seen": [move for move in graph.table if move.count and move not in graph.unknown][
            :MOVES
        ],
        "Not in the protocol's table of states": graph.unknown,
        "In the table and never seen": graph.never,
    }
    return "\n".join(
        f"<details><summary>{title} ({len(moves)})</summary>{_moves(moves)}</details>" for title, moves in kinds.items() if moves
    )


def _moves(moves: Sequence[Move]) -> str:
    rows = "".join(
        f"<tr><td>{_text(each.before)}</td><td>{_text(each.said)}</td><td>{_text(each.after)}</td><td class=number>{each.count:,}</td></tr>"
        for each in moves
    )
    return f"<table><tr><th>From</th><th>By</th><th>To</th><th>Times</th></tr>{rows}</table>"


def _finding(report: Report, finding: Finding) -> str:
    unsure = "" if finding.confirmed else ' <span class="unsure">(not confirmed)</span>'
    hits = max(1, report.hits.get(finding.slug, 0))
    met = f"case {finding.case}, met {hits:,} times, {len(finding.messages)} messages, {finding.size} bytes"
    return f"""<details>
<summary><span class="oracle">{_text(finding.oracle)}</span> {_text(finding.summary)}{unsure}</summary>
<p>{_text(MEANING[finding.oracle])}</p>
<p>{_text(met)}; {_text(str(finding.folder))}</p>
<pre>{_text(_page(finding.folder), lines=True)}</pre>
</details>"""


def _page(folder: Path) -> str:
    try:
        return (folder / "report.md").read_text(encoding="utf-8", errors="replace")[:LONGEST_PAGE]
    except OSError as error:
        return f"its report.md cannot be read: {error.strerror}"


def _text(text: str, *, lines: bool = False) -> str:
    """Text for the page: escaped, and without characters that no page may have."""
    if lines:
        return "\n".join(escape(printable(line)) for line in text.splitlines())
    return escape(printable(text))

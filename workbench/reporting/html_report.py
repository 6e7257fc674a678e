"""A report as one HTML page that needs nothing else: style and charts inside, no script, light or dark as the reader's system is.

Whatever came from the wire is made printable first and escaped then; a policy in the page forbids everything but its own style.
"""

from collections.abc import Iterator, Sequence
from html import escape

from workbench.analysis.parts import Column, Part, Table
from workbench.reporting.answer import Answer
from workbench.reporting.svg_chart import chart_svg
from workbench.reporting.units import RIGHT, cell_text, row_texts

__all__ = ["page"]

STYLE = """\
:root{color-scheme:light dark;--ground:#fff;--ink:#1c2024;--dim:#5b6672;--rule:#d8dee4;--head:#f3f5f7}
:root{--s0:#1f6feb;--s1:#bf4b00;--s2:#1a7f37;--s3:#8250df;--s4:#b3261e;--s5:#00757a;--s6:#8a6d00;--s7:#a0407f}
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#e4e8ec;--dim:#9aa5b1;--rule:#31373e;--head:#1d2226}
:root{--s0:#6ea8fe;--s1:#f0935a;--s2:#5fc27e;--s3:#b79bf5;--s4:#f2857c;--s5:#4fc3c8;--s6:#d8b84a;--s7:#e08cc2}}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.4rem}h3{font-size:1rem;font-weight:600}
p,.more{color:var(--dim)}nav a{margin-right:1rem;color:var(--s0)}.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.2rem .8rem .2rem .4rem;border-bottom:1px solid var(--rule);white-space:nowrap}
th{background:var(--head);font-weight:600}.r{text-align:right}td.w{white-space:normal;overflow-wrap:anywhere;min-width:16rem}
svg{width:100%;max-width:860px;height:auto}.grid{stroke:var(--rule)}.tick{fill:var(--dim);font-size:12px}
.line{fill:none;stroke-width:1.6}"""

MOST_ROWS = 2_000
"""Rows of one table: browsers take longer than a second for more, and nobody scrolls that far. JSON has all of them."""

LONG_TEXT = 48
"""Characters of a text from which its cell may be broken into lines."""

MOST_INDENT = 32
"""Levels of a tree that are shown by indentation: a hostile capture may nest deeper, and the page stays readable."""


def page(title: str, answers: Sequence[Answer]) -> str:
    """The whole document."""
    colours = "".join(f".line.s{n}{{stroke:var(--s{n})}}.bar.s{n},.dot.s{n}{{fill:var(--s{n})}}" for n in range(8))
    told = [answer for answer in answers if answer.walked]
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title>",
        f"<style>{STYLE}\n{colours}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        "<nav>" + "".join(f'<a href="#{_text(answer.section)}">{_text(answer.title)}</a>' for answer in told) + "</nav>",
        *(line for answer in told for line in _section(answer)),
        "</body></html>",
    ]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return escape(cell_text(text, "text"))


def _section(answer: Answer) -> Iterator[str]:
    yield f'<section id="{_text(answer.section)}"><h2>{_text(answer.title)}</h2><p>{_text(answer.about)}</p>'
    if answer.rule:
        yield f"<p>{_text(answer.rule)}</p>"
    for part in answer.parts:
        yield from _part(part, alone=len(answer.parts) == 1)
    yield "</section>"


def _part(part: Part, *, alone: bool) -> Iterator[str]:
    if not alone:
        yield f"<h3>{_text(part.title)}</h3>"
    yield from _table(part) if isinstance(part, Table) else (f"<figure>{chart_svg(part)}</figure>",)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield "<p>none</p>"
        return
    grid = [row_texts(row, table.columns) for row in table.rows[:MOST_ROWS]]
    used = [place for place in range(len(table.columns)) if any(texts[place] for texts in grid)]
    columns = [table.columns[place] for place in used]
    heads = "".join(f"<th{_place(column)}>{_text(column.title)}</th>" for column in columns)
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for depth, texts in zip(table.depths or (0,) * len(table.rows), grid, strict=False):
        cells = [_cell(texts[place], column) for place, column in zip(used, columns, strict=True)]
        if depth and cells:
            indent = f' style="padding-left:{0.4 + 1.4 * min(depth, MOST_INDENT):.1f}rem"'
            cells[0] = cells[0].replace("<td", f"<td{indent}", 1)
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    more = table.more + len(table.rows) - len(grid)
    if more:
        yield f'<p class="more">… and {more:,} more</p>'


def _cell(text: str, column: Column) -> str:
    place = ' class="w"' if len(text) > LONG_TEXT else _place(column)
    return f"<td{place}>{escape(text)}</td>"


def _place(column: Column) -> str:
    return ' class="r"' if column.unit in RIGHT else ""

"""A report as lines of text: tables with aligned columns, charts as a row of blocks for each series."""

import textwrap
from collections.abc import Iterator, Sequence

from workbench.analysis.parts import Chart, Column, Part, Series, Table
from workbench.reporting.answer import Answer
from workbench.reporting.thinning import spread
from workbench.reporting.units import RIGHT, cell_text, row_texts

__all__ = ["part_lines", "report_lines"]

WIDEST = 64
"""Characters of one cell; a longer one ends in an ellipsis, and JSON has all of it."""

RULE_WIDTH = 100
"""Characters of a line of prose."""

CHART_WIDTH = 64
"""Blocks of a series: what fits beside its name on a terminal of 100 columns."""

_BLOCKS = " ▁▂▃▄▅▆▇█"


def report_lines(answers: Sequence[Answer]) -> Iterator[str]:
    """All parts of all sections; what needed dissecting and was not dissected is left out."""
    first = True
    for answer in answers:
        if answer.walked and answer.rule:
            yield from ([] if first else [""])
            yield from textwrap.wrap(cell_text(answer.rule, "text"), RULE_WIDTH)
            first = False
        for part in answer.parts if answer.walked else ():
            if not first:
                yield ""
            first = False
            yield from part_lines(part)


def part_lines(part: Part) -> Iterator[str]:
    """One table or chart."""
    if isinstance(part, Table):
        yield from _table(part)
    else:
        yield from _chart(part)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        yield f"{table.title}: none"
        return
    yield table.title
    depths = table.depths or (0,) * len(table.rows)
    cells = [_cells(row, table.columns, depth) for row, depth in zip(table.rows, depths, strict=True)]
    used = [number for number in range(len(table.columns)) if any(row[number] for row in cells)]
    columns = [table.columns[number] for number in used]
    grid = [[column.title for column in columns], *([row[number] for number in used] for row in cells)]
    widths = [max(len(row[number]) for row in grid) for number in range(len(columns))]
    for row in grid:
        padded = (
            text.rjust(width) if column.unit in RIGHT else text.ljust(width)
            for text, width, column in zip(row, widths, columns, strict=True)
        )
        yield f"  {'  '.join(padded)}".rstrip()
    if table.more:
        yield f"  … and {table.more:,} more"


def _cells(row: Sequence[float | str | None], columns: Sequence[Column], depth: int) -> list[str]:
    texts = [_cut(text) for text in row_texts(row, columns)]
    texts[0] = "  " * depth + texts[0]
    return texts


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _chart(chart: Chart) -> Iterator[str]:
    drawn = [series for series in chart.series if series.x]
    if not drawn:
        yield f"{chart.title}: none"
        return
    first, last = min(series.x[0] for series in drawn), max(series.x[-1] for series in drawn)
    ends = f"{cell_text(first, chart.x.unit)} to {cell_text(last, chart.x.unit)}"
    yield f"{chart.title} ({chart.x.title}: {ends})"
    names = [_cut(cell_text(series.title, "text")) for series in drawn]
    width = max(map(len, names))
    for name, series in zip(names, drawn, strict=True):
        low, high = (cell_text(end, chart.y.unit) for end in (min(series.y), max(series.y)))
        yield f"  {name:<{width}}  {_blocks(series, chart.kind, first, last)}  {low} … {high}"


def _blocks(series: Series, kind: str, first: float, last: float) -> str:
    """The largest value of each of the equal spans between `first` and `last`; a space where there is none."""
    heights = spread(series, first, last, CHART_WIDTH)
    if kind in ("line", "steps"):  # what lies between two points is as high as the first of them
        for place in range(1, len(heights)):
            if heights[place] is None:
                heights[place] = heights[place - 1]
    top = max((height for height in heights if height is not None), default=0) or 1
    steps = len(_BLOCKS) - 1
    return "".join(" " if height is None else _BLOCKS[max(1, min(steps, round(height / top * steps)))] for height in heights)

"""A chart as an SVG element: axes, grid, series, legend. Colours are those of the page around it; no script, nothing from outside."""

import itertools
from collections.abc import Iterator, Sequence
from html import escape

from workbench.analysis.parts import Chart, Series, Unit
from workbench.reporting.scale import Scale, ticks
from workbench.reporting.thinning import thinned
from workbench.reporting.units import cell_text

__all__ = ["COLOURS", "chart_svg"]

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 84, 12, 10, 34
"""Room for the numbers of the axes."""

COLOURS = 8
"""Series that are told apart by colour; the page has a class `s0` to `s7` for each, and begins again after them."""

MOST_POINTS = 1_600
"""Points drawn of one series: two for each pixel; more make the page large and nothing clearer."""

LEGEND_LINE = 18
LEGEND_CHARACTERS = 36
"""Of a name in the legend, three names in a line; cut before it is escaped, so that no entity breaks."""


def chart_svg(chart: Chart) -> str:
    """The element, or a paragraph when there is nothing to draw."""
    drawn = [thinned(series, MOST_POINTS) for series in chart.series if series.x]
    if not drawn:
        return "<p>none</p>"
    rows = -(-len(drawn) // 3)
    height = HEIGHT + rows * LEGEND_LINE
    x = Scale(min(series.x[0] for series in drawn), max(series.x[-1] for series in drawn), LEFT, WIDTH - RIGHT)
    y = Scale(min(0.0, *(min(series.y) for series in drawn)), max(max(series.y) for series in drawn), HEIGHT - BOTTOM, TOP)
    if y.high <= y.low:
        y = Scale(y.low, y.low + 1, y.start, y.stop)
    title = escape(cell_text(chart.title, "text"))
    lines = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}" xmlns="http://www.w3.org/2000/svg">',
        *_axes(chart, x, y),
        *(line for number, series in enumerate(drawn) for line in _series(chart, number, series, x, y)),
        *_legend(drawn),
        "</svg>",
    ]
    return "\n".join(lines)


def _axes(chart: Chart, x: Scale, y: Scale) -> Iterator[str]:
    for value in ticks(y.low, y.high, 5):
        at = y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_words(value, chart.y.unit)}</text>'
    for value in ticks(x.low, x.high, 8):
        at = x(value)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield f'<text class="tick" x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_words(value, chart.x.unit)}</text>'
    title = escape(cell_text(chart.x.title, "text"))
    yield f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{title}</text>'


def _words(value: float, unit: Unit) -> str:
    return escape(cell_text(value, unit))


def _series(chart: Chart, number: int, series: Series, x: Scale, y: Scale) -> Iterator[str]:
    colour = f"s{number % COLOURS}"
    points = [(x(left), y(height)) for left, height in zip(series.x, series.y, strict=True)]
    if chart.kind == "bars":
        yield from _bars(points, colour, y(max(0.0, y.low)))
    elif chart.kind == "points" or len(points) == 1:
        yield from (f'<circle class="dot {colour}" cx="{left:.1f}" cy="{top:.1f}" r="2"/>' for left, top in points)
    else:
        stepped = _steps(points) if chart.kind == "steps" else points
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in stepped)
        yield f'<polyline class="line {colour}" points="{path}"/>'


def _bars(points: Sequence[tuple[float, float]], colour: str, ground: float) -> Iterator[str]:
    gaps = [after[0] - before[0] for before, after in itertools.pairwise(points)]
    width = max(1.0, min([*gaps, 24.0]) * 0.8)
    for left, top in points:
        yield (
            f'<rect class="bar {colour}" x="{left - width / 2:.1f}" y="{min(top, ground):.1f}" '
            f'width="{width:.1f}" height="{abs(ground - top):.1f}"/>'
        )


def _steps(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Each value holds until the next one."""
    before: float | None = None
    for left, top in points:
        if before is not None:
            yield left, before
        yield left, top
        before = top


def _legend(drawn: Sequence[Series]) -> Iterator[str]:
    for number, series in enumerate(drawn):
        left, top = LEFT + number % 3 * 258, HEIGHT + number // 3 * LEGEND_LINE + 12
        title = escape(cell_text(series.title, "text")[:LEGEND_CHARACTERS])
        yield f'<rect class="bar s{number % COLOURS}" x="{left}" y="{top - 9}" width="10" height="10"/>'
        yield f'<text class="tick" x="{left + 15}" y="{top}">{title}</text>'

"""The curves of a campaign, drawn: how much of the target's code and of its replies was known after how many cases."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzzers.curves import Point

__all__ = ["drawn"]


def drawn(curve: "Sequence[Point]") -> Iterator[str]:
    """SVG elements, one for each quantity that grew; none for a campaign that showed nothing."""
    from workbench.analysis.parts import Chart, Column, Series
    from workbench.reporting.svg_chart import chart_svg

    cases = tuple(float(point.case) for point in curve)
    kinds = {
        "edges": ("Places of the target's code", tuple(float(point.edges) for point in curve)),
        "transitions": ("Replies that followed each other", tuple(float(point.transitions) for point in curve)),
        "corpus": ("Entries of the corpus", tuple(float(point.corpus) for point in curve)),
    }
    for name, (title, values) in kinds.items():
        if any(values):
            yield chart_svg(
                Chart(
                    name=name,
                    title=title,
                    kind="steps",
                    x=Column("case", "case", "count"),
                    y=Column(name, title, "count"),
                    series=(Series(title, cases, values),),
                )
            )

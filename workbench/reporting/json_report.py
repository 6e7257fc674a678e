"""A report as one JSON object: each part under its section's name, or SECTION_PART where a section says more than one thing."""

from typing import Any

from workbench.analysis.parts import Chart, Part, Table
from workbench.reporting.answer import Answer

__all__ = ["report_object"]


def report_object(answers: tuple[Answer, ...]) -> dict[str, Any]:
    """Tables are lists of objects, trees have `children` (one with a single root is that root), charts have `x` and their series."""
    return {_key(answer.section, part): _part(part) for answer in answers for part in answer.parts}


def _key(section: str, part: Part) -> str:
    return section if part.name == section else f"{section}_{part.name.removeprefix(f'{section}_')}"


def _part(part: Part) -> Any:
    if isinstance(part, Chart):
        return _chart(part)
    return _tree(part) if part.depths else _rows(part)


def _rows(table: Table) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def _tree(table: Table) -> Any:
    roots: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []
    for depth, row in zip(table.depths, _rows(table), strict=True):
        node = {**row, "children": []}
        del above[depth:]
        (above[-1]["children"] if above else roots).append(node)
        above.append(node)
    return roots[0] if len(roots) == 1 else roots


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "x": {"name": chart.x.name, "unit": chart.x.unit},
        "y": {"name": chart.y.name, "unit": chart.y.unit},
        "series": [{"title": series.title, "x": list(series.x), "y": list(series.y)} for series in chart.series],
    }

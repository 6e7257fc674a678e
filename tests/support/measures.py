"""What is measured of captures that tests make up."""

from pathlib import Path

from workbench.analysis.anomalies import Measures
from workbench.analysis.measurement import Measurement
from workbench.analysis.sections import Material
from workbench.registry import load
from workbench.session import Session
from workbench.watching import Walk


def measured(path: Path) -> dict[tuple[str, str], Measurement]:
    """Every measurement by its name and subject."""
    with Session.open(path, load()) as session:
        session.grow()
        measures = Measures(Material(capture=session.capture, specs=tuple(session.registry.specs)))
        for _ in Walk(session, (measures,)).finish():
            pass
        return {(each.name, each.subject): each for each in measures.measurements()}

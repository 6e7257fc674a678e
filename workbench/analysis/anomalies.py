"""The section about what is out of the ordinary: measurements of the whole capture against thresholds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from captures.stream_events import Noticed
from workbench.analysis.measurement import QUANTITIES, Measurement
from workbench.analysis.message_measures import MessageMeasures
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import Material, Section
from workbench.analysis.thresholds import BUILT_IN, Anomaly, judge, load_thresholds
from workbench.analysis.transport_measures import transport_measurements
from workbench.api import Message

__all__ = ["SECTION", "Measures", "anomaly_cells"]

_COLUMNS = (
    Column("severity", "severity"),
    Column("quantity", "quantity"),
    Column("subject", "of"),
    Column("unit", "unit"),
    Column("value", "value", "by_row"),
    Column("level_unit", "unit"),
    Column("level", "level", "by_row"),
    Column("samples", "samples", "count"),
    Column("first_packet", "first", "packet"),
    Column("reason", "why it matters"),
)


class Measures:
    """All measurements of one walk."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._messages = MessageMeasures(material)

    def message(self, message: Message) -> None:
        """Measure it."""
        self._messages.message(message)

    def noticed(self, event: Noticed) -> None:
        """What is said of TCP is in the columns."""

    def measurements(self) -> Iterator[Measurement]:
        """All of them, whether or not they are out of the ordinary."""
        yield from transport_measurements(self._material)
        yield from self._messages.measurements()


class _Collector(Measures):
    """Judges what was measured."""

    def __init__(self, material: Material) -> None:
        super().__init__(material)
        given = material.settings.get("thresholds")
        self._thresholds = BUILT_IN if given is None else load_thresholds(Path(given))

    def parts(self) -> Iterable[Part]:
        """One table, the most severe first."""
        rows = tuple(anomaly_cells(each) for each in judge(self.measurements(), self._thresholds))
        yield Table(name="anomalies", title="out of the ordinary", columns=_COLUMNS, rows=rows)


def anomaly_cells(anomaly: Anomaly) -> tuple[Cell, ...]:
    """One row."""
    measured = anomaly.measurement
    unit = QUANTITIES[measured.name].unit
    return (
        anomaly.severity.name,
        measured.name,
        measured.subject,
        unit,
        measured.value,
        unit,
        anomaly.level,
        measured.samples,
        measured.first_packet or None,
        anomaly.reason,
    )


SECTION = Section(
    name="anomalies",
    title="Out of the ordinary",
    about="Loss, resets, scans, errors, silence and slowness above thresholds, each with the reason and the first packet to look at.",
    need="messages",
    begin=_Collector,
    settings={"thresholds": "a TOML file with levels of your own (the same as --thresholds)"},
    filtered=True,
)

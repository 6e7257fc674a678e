"""The section about what is odd: remarks of decoders and of the transport, by kind, most severe first."""

from collections.abc import Iterable

from captures.stream_events import Noticed
from workbench.analysis.parts import Column, Part, Table
from workbench.analysis.remarks import Remarks
from workbench.analysis.sections import Material, Section
from workbench.api import Message

__all__ = ["SECTION"]

_COLUMNS = (
    Column("severity", "severity"),
    Column("count", "times", "count"),
    Column("first_packet", "first", "packet"),
    Column("protocol", "protocol"),
    Column("text", "remark"),
    Column("section", "rule"),
)


class _Collector:
    """Counts remarks."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._remarks = Remarks()

    def message(self, message: Message) -> None:
        """Its notes and broken fields."""
        if self._material.passes(message.packet):
            self._remarks.add(message)

    def noticed(self, event: Noticed) -> None:
        """What the transport says."""
        if self._material.passes(event.packet):
            self._remarks.note(event.stream.transport, event.note, event.packet)

    def parts(self) -> Iterable[Part]:
        """One table."""
        found = self._remarks.summary()
        rows = tuple(
            (row.severity.name, row.count, row.first_packet, row.protocol, row.text, row.section)
            for row in found[: self._material.most]
        )
        yield Table(name="remarks", title="remarks", columns=_COLUMNS, rows=rows, more=len(found) - len(rows))


SECTION = Section(
    name="remarks",
    title="Remarks",
    about="Broken fields and notes by kind, most severe first, each with the first packet to look at.",
    need="messages",
    begin=_Collector,
    filtered=True,
)

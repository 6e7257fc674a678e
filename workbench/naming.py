"""Reads the names that a capture gives to addresses, and puts them beside addresses. What a name is worth says `analysis.names`."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from captures.streams import Streams
from workbench.analysis.names import NameBook
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.reporting.answer import Answer
from workbench.session import Session

__all__ = ["names_of", "with_names"]

_DNS = "dns"
"""Filter prefix of the protocols whose answers name addresses."""


def names_of(session: Session) -> NameBook:
    """All names in a capture that is indexed already. Only what uses the ports of name servers is dissected."""
    book = NameBook(session.capture.names)
    ports = sorted({port for spec in session.registry.specs if spec.filter_prefix == _DNS for port in spec.ports})
    index = session.capture.index
    asked = np.isin(index.source_port, ports) | np.isin(index.destination_port, ports)
    rows = np.flatnonzero(asked & (index.stream >= 0))
    streams, dissector = Streams(session.capture), session.dissector()
    for events in (streams.walk(rows), streams.flush()):
        for event in events:
            for message in dissector.receive(event):
                book.learn(message)
    for message in dissector.finish():
        book.learn(message)
    return book


def with_names(answers: Iterable[Answer], book: NameBook) -> tuple[Answer, ...]:
    """The same answers; tables with addresses have a column of names behind each."""
    return tuple(replace(answer, parts=tuple(_named(part, book) for part in answer.parts)) for answer in answers)


def _named(part: Part, book: NameBook) -> Part:
    if not isinstance(part, Table) or all(column.unit != "address" for column in part.columns):
        return part
    columns: list[Column] = []
    for column in part.columns:
        columns.append(column)
        if column.unit == "address":
            columns.append(Column(f"{column.name}_name", "name"))
    return replace(part, columns=tuple(columns), rows=tuple(_row(row, part.columns, book) for row in part.rows))


def _row(row: tuple[Cell, ...], columns: tuple[Column, ...], book: NameBook) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for cell, column in zip(row, columns, strict=True):
        cells.append(cell)
        if column.unit == "address":
            cells.append(book.name_of(_host(str(cell))) or None)
    return tuple(cells)


def _host(address: str) -> str:
    """The address without its port: `10.0.0.1:80`, `[::1]:80`, and either alone; a transport may stand before it."""
    address = address.rpartition(" ")[2]
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address

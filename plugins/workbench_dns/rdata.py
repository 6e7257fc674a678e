"""The data of a record: which reader, how far it came, and one line about it."""

from typing import NamedTuple

from workbench.api import Field, Note, Severity
from workbench_dns import rdata_dnssec, rdata_svcb, rdata_various
from workbench_dns.cursor import Cursor, ShortError
from workbench_dns.layouts import LAYOUTS
from workbench_dns.limits import LONGEST_MESSAGE
from workbench_dns.names import Name, Names

__all__ = ["Data", "read_data"]

_READERS = {**rdata_dnssec.READERS, **rdata_svcb.READERS, **rdata_various.READERS}

_SAID = {
    1: (0,), 2: (0,), 5: (0,), 6: (0, 1), 12: (0,), 13: (1, 3), 14: (0, 1), 15: (0, 1), 16: (1,), 17: (0, 1), 18: (0, 1), 19: (1,),
    21: (0, 1), 23: (0,), 26: (0, 1, 2), 27: (1, 3, 5), 28: (0,), 33: (0, 1, 2, 3), 35: (0, 1, 3, 5, 7, 8), 36: (0, 1), 37: (0, 1, 2),
    39: (0,), 43: (0, 1, 2), 44: (0, 1), 46: (0, 1), 52: (0, 1, 2), 53: (0, 1, 2), 56: (1,), 59: (0, 1, 2), 63: (0, 1, 2), 66: (0, 1, 2, 3),
    99: (1,), 104: (0, 1), 105: (0, 1), 106: (0, 1), 107: (0, 1), 108: (0,), 109: (0,), 249: (0,), 250: (0,), 256: (0, 1, 2),
    258: (1,), 261: (1,), 262: (1,),
}  # fmt: skip
"""Which fields of a layout its one line is made of."""


class Data(NamedTuple):
    """The fields of a record's data, its names in order, remarks, and a line about it ("" where there is nothing short to say).

    The line is no longer than a message: thousands of pointers to one long name would make megabytes of it.
    """

    fields: list[Field]
    names: list[Name]
    notes: list[Note]
    text: str


def _shown(field: Field) -> str:
    if field.text:
        return field.text
    return field.value.hex() if isinstance(field.value, bytes) else str(field.value)


def _line(kind: int, fields: list[Field]) -> str:
    places = _SAID.get(kind, ())
    return " ".join(_shown(fields[place]) for place in places if place < len(fields))


def read_data(data: bytes, start: int, end: int, kind: int, names: Names) -> Data:
    """The data `[start, end)` of a record of type `kind`. What cannot be read is an error in a field; what is left over is shown."""
    cursor = Cursor(data, start, end, names)
    text = ""
    try:
        layout = LAYOUTS.get(kind)
        if layout is not None:
            for step in layout:
                step(cursor)
            text = _line(kind, cursor.fields)
        elif (reader := _READERS.get(kind)) is not None:
            text = str(reader(cursor))
        else:
            cursor.rest("Data", "dns.data")
            text = f"\\# {end - start}"
    except ShortError:
        pass
    else:
        if cursor.left:
            at = cursor.at
            cursor.rest("Undecoded", "dns.data")
            remark = f"{end - at} bytes behind the data of the record"
            cursor.notes.append(Note(Severity.WARN, remark, at, end, "RFC 1035 3.2.1"))
    return Data(cursor.fields, cursor.names_read, cursor.notes, text[:LONGEST_MESSAGE])

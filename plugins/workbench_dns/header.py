"""The header (RFC 1035 4.1.1) with its flag bits, as fields. Equal headers are common, so their parts are made once."""

from enum import Enum
from functools import lru_cache

from workbench.api import Field
from workbench_dns.vocabulary import RCODE_TITLES, opcode_name

__all__ = ["DSO", "HEADER", "QUERY", "UPDATE", "Flavour", "count_titles", "flag_fields"]

HEADER = 12
"""Bytes of it."""

QUERY, UPDATE, DSO = 0, 5, 6
"""Opcodes that decide how the rest is read."""

_RESPONSE = 0x8000


class Flavour(Enum):
    """Three protocols with one format. The value is the plugin's name."""

    DNS = "dns"
    MDNS = "mdns"
    LLMNR = "llmnr"


_Bit = tuple[str, str, int, int, bool]
"""Name, filter name, first bit, how many, and whether only responses have it."""

_BITS: tuple[_Bit, ...] = (
    ("Response", "dns.flags.response", 0, 1, False),
    ("Opcode", "dns.flags.opcode", 1, 4, False),
    ("Authoritative", "dns.flags.authoritative", 5, 1, True),
    ("Truncated", "dns.flags.truncated", 6, 1, False),
    ("Recursion desired", "dns.flags.recdesired", 7, 1, False),
    ("Recursion available", "dns.flags.recavail", 8, 1, True),
    ("Z", "dns.flags.z", 9, 1, False),
    ("Answer authenticated", "dns.flags.authenticated", 10, 1, True),
    ("Non-authenticated data", "dns.flags.checkdisable", 11, 1, False),
    ("Reply code", "dns.flags.rcode", 12, 4, True),
)

_LLMNR_BITS: tuple[_Bit, ...] = (
    *_BITS[:2],
    ("Conflict", "dns.flags.conflict", 5, 1, False),
    _BITS[3],
    ("Tentative", "dns.flags.tentative", 7, 1, False),
    _BITS[9],
)
"""RFC 4795 2.1.1; the four bits between are reserved."""

_COUNTS = (
    ("Questions", "dns.count.queries"),
    ("Answer RRs", "dns.count.answers"),
    ("Authority RRs", "dns.count.auth_rr"),
    ("Additional RRs", "dns.count.add_rr"),
)

_UPDATE_COUNTS = (
    ("Zones", "dns.count.zones"),
    ("Prerequisites", "dns.count.prerequisites"),
    ("Updates", "dns.count.updates"),
    ("Additional RRs", "dns.count.add_rr"),
)
"""RFC 2136 2.2."""


def count_titles(opcode: int) -> tuple[tuple[str, str], ...]:
    """What the four counts, and so the sections, are called."""
    return _UPDATE_COUNTS if opcode == UPDATE else _COUNTS


@lru_cache(maxsize=512)
def flag_fields(flags: int, flavour: Flavour, start: int) -> Field:
    """The flags, two bytes at `start`."""
    response = bool(flags & _RESPONSE)
    children = []
    for name, abbrev, first, count, only in _LLMNR_BITS if flavour is Flavour.LLMNR else _BITS:
        part = flags >> (16 - first - count) & ((1 << count) - 1)
        if only and not response and not (part and abbrev == "dns.flags.authenticated"):  # a client may ask for it (RFC 6840 5.7)
            continue
        value: int | bool = bool(part) if count == 1 else part
        text = opcode_name(part) if name == "Opcode" else RCODE_TITLES.get(part, "") if name == "Reply code" else ""
        place = (8 * start + first, 8 * start + first + count)
        children.append(Field(name, start, start + 2, value, (), abbrev, text, "", 0, place))
    return Field("Flags", start, start + 2, flags, tuple(children), "dns.flags")

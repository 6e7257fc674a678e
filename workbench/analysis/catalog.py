"""Which sections there are, and in which module; a module is imported when its section is asked for, so that start-up stays light."""

import difflib
import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError

if TYPE_CHECKING:
    from workbench.analysis.sections import Section

__all__ = ["DEFAULT", "PLACES", "find", "sections"]

PLACES: tuple[tuple[str, str], ...] = (
    ("hierarchy", "traffic"),
    ("conversations", "traffic"),
    ("hosts", "traffic"),
    ("latency", "latency"),
    ("remarks", "remark_section"),
    ("io", "io_series"),
    ("exchanges", "exchange_list"),
    ("states", "states"),
    ("anomalies", "anomalies"),
    ("tcp", "tcp_section"),
    ("resets", "resets_section"),
    ("lengths", "lengths_section"),
    ("talks", "talk_section"),
    ("endpoints", "talk_section"),
    ("quic", "quic_section"),
)
"""Name of the section, and the module of this package with its `SECTION`, or with `SECTIONS` that hold it."""

DEFAULT = ("hierarchy", "conversations", "hosts", "latency", "remarks")
"""What is said when nothing is asked for."""


def find(name: str) -> "Section":
    """The section of that name; raises UsageError with the nearest name when there is none."""
    place = dict(PLACES).get(name)
    if place is None:
        names = [known for known, _ in PLACES]
        near = difflib.get_close_matches(name, names, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(names)}"
        raise UsageError(f"there is no section {name!r}", remedy=remedy)
    module = importlib.import_module(f"workbench.analysis.{place}")
    there: Iterable[Section] = getattr(module, "SECTIONS", None) or (module.SECTION,)
    return next(section for section in there if section.name == name)


def sections() -> "tuple[Section, ...]":
    """All of them."""
    return tuple(find(name) for name, _ in PLACES)

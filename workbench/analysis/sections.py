"""A section is one question that can be asked of a capture, as a value: `workbench stats FILE NAME`, a heading of a report.

All sections that are asked for share one walk over the capture. Which ones there are says `catalog`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from captures.capture import Capture
from captures.stream_events import Noticed
from workbench.analysis.parts import Part
from workbench.api import Message, ProtocolSpec, UsageError

__all__ = ["Collector", "FromColumns", "Material", "Need", "Section"]

Need = Literal["columns", "messages", "either"]
"""The packet index alone, or everything dissected; "either" says more when messages are there, and something without them."""


def _no_filters(line: str) -> NDArray[np.bool_]:
    raise UsageError(f"nobody here can read the filter {line!r}", remedy="Ask through workbench.surveying")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What sections work on. `settings` are the section's own options as the user typed them (`interval=100ms`; `repeated` has all
    values of those that were given several times), `top` the rows of a table that are wanted (0: all). `mask` says for each row of the
    index whether the user's filter lets it through (None: there is no filter), `matching` the same for any other filter line; it raises
    UsageError for one that makes no sense."""

    capture: Capture
    specs: tuple[ProtocolSpec, ...] = ()
    top: int = 10
    settings: Mapping[str, str] = field(default_factory=dict)
    repeated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mask: NDArray[np.bool_] | None = None
    matching: Callable[[str], NDArray[np.bool_]] = _no_filters

    def rows(self) -> NDArray[np.int64]:
        """The index rows that the user wants counted, ascending."""
        return np.arange(len(self.capture.index)) if self.mask is None else np.flatnonzero(self.mask)

    def passes(self, packet: int) -> bool:
        """Whether the user wants the packet of that number (from 1) counted."""
        return self.mask is None or (0 < packet <= len(self.mask) and bool(self.mask[packet - 1]))

    @property
    def most(self) -> int | None:
        """`top` as a slice has it."""
        return self.top or None


class Collector(Protocol):
    """Listens to one walk over a capture that is indexed already. Columns are read whenever it likes."""

    def message(self, message: Message) -> None:
        """The next message, in order of completion. Not called where only columns were asked for."""

    def noticed(self, event: Noticed) -> None:
        """The next remark about a transport."""

    def parts(self) -> Iterable[Part]:
        """What there is to say, once the walk is over."""


@dataclass(frozen=True, slots=True)
class FromColumns:
    """The collector of a section that needs no messages: `build` is asked for its parts once the capture is indexed."""

    build: Callable[[], Iterable[Part]]

    def message(self, message: Message) -> None:
        """Nothing to it."""

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """What the columns say."""
        return self.build()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`name` is what the user types; `about` one sentence; `settings` the options it takes, with what each means.

    `begin` raises UsageError for a setting that makes no sense. `filtered`: it counts only what `Material.passes`; one that needs
    whole connections cannot, and is refused together with a filter.
    """

    name: str
    title: str
    about: str
    need: Need
    begin: Callable[[Material], Collector]
    settings: Mapping[str, str] = field(default_factory=dict)
    filtered: bool = False

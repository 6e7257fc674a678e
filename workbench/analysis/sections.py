"""A section is one question that can be asked of a capture, as a value: `workbench stats FILE NAME`, a heading of a report.

All sections that are asked for share one walk over the capture. Which ones there are says `catalog`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from captures.capture import Capture
from captures.stream_events import Noticed
from workbench.analysis.parts import Part
from workbench.api import Message, ProtocolSpec

__all__ = ["Collector", "Material", "Need", "Section"]

Need = Literal["columns", "messages"]
"""The packet index alone, or everything dissected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What sections work on. `settings` are the section's own options as the user typed them (`interval=100ms`), `top` the rows of a
    table that are wanted (0: all)."""

    capture: Capture
    specs: tuple[ProtocolSpec, ...] = ()
    top: int = 10
    settings: Mapping[str, str] = field(default_factory=dict)


class Collector(Protocol):
    """Listens to one walk over a capture that is indexed already. Columns are read whenever it likes."""

    def message(self, message: Message) -> None:
        """The next message, in order of completion. Not called where only columns were asked for."""

    def noticed(self, event: Noticed) -> None:
        """The next remark about a transport."""

    def parts(self) -> Iterable[Part]:
        """What there is to say, once the walk is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`name` is what the user types; `about` one sentence; `settings` the options it takes, with what each means.

    `begin` raises UsageError for a setting that makes no sense.
    """

    name: str
    title: str
    about: str
    need: Need
    begin: Callable[[Material], Collector]
    settings: Mapping[str, str] = field(default_factory=dict)

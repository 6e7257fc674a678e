"""What one section answered, as renderers get it."""

from dataclasses import dataclass

from workbench.analysis.parts import Part

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The parts that a section said. `walked` is false where it needs messages and nothing was dissected."""

    section: str
    title: str
    about: str
    parts: tuple[Part, ...]
    walked: bool = True

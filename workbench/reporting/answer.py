"""What one section answered, as renderers get it."""

from dataclasses import dataclass

from workbench.analysis.parts import Part

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The parts that a section said. `walked` is false where it needs messages and nothing was dissected; `rule` is what a reader has to
    know to understand them, also where `about` has no room."""

    section: str
    title: str
    about: str
    parts: tuple[Part, ...]
    walked: bool = True
    rule: str = ""

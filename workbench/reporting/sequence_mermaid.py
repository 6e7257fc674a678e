"""A sequence diagram in Mermaid's language. Every character that could mean something there is written as a number."""

import re
from collections.abc import Iterator

from workbench.analysis.sequence import Sequence, Step
from workbench.api import Direction
from workbench.reporting.sequence_text import step_words
from workbench.reporting.units import duration

__all__ = ["mermaid_diagram", "mermaid_text"]

LONGEST = 100
"""Characters of the words on one arrow, before they are escaped."""

_PLAIN = re.compile(r"[A-Za-z0-9 ./_,()=+*?!-]")
_END = re.compile(r"\bend\b", re.IGNORECASE)
"""The word that closes a block; Mermaid takes it for that anywhere."""


def mermaid_text(text: str) -> str:
    """`text` as Mermaid shows it: what is not plain as #NUMBER; and never the word that ends a block."""
    coded = (char if _PLAIN.match(char) else f"#{ord(char)};" for char in text)
    return _END.sub(lambda word: f"#{ord(word[0][0])};{word[0][1:]}", "".join(coded))


def mermaid_diagram(sequence: Sequence) -> Iterator[str]:
    """The lines of a `sequenceDiagram`."""
    yield "sequenceDiagram"
    yield f"    participant C as {mermaid_text(str(sequence.flow.client))}"
    yield f"    participant S as {mermaid_text(str(sequence.flow.server))}"
    for step in sequence.steps:
        yield f"    {_arrow(step)}: {mermaid_text(_words(step))}"
    if sequence.more:
        yield f"    Note over C,S: and {sequence.more} more"


def _arrow(step: Step) -> str:
    head = "-x" if step.faulty else "->>"
    return f"C{head}S" if step.direction is Direction.TO_SERVER else f"S-{head}C"


def _words(step: Step) -> str:
    return f"{duration(step.after_ns)} {step_words(step, LONGEST)}"

"""Messages out of bytes: one SOCKS message of a known kind, or a run of bytes that is none."""

from workbench.api import UNDECODED, Direction, Field, FlowContext, Message, Note, Severity
from workbench_socks5.grammar import GRAMMARS, Kind
from workbench_socks5.presentation import label_of, readable, summary_of
from workbench_socks5.rules import remarks

__all__ = ["NAME", "Span", "broken_message", "undecoded_message", "whole_message"]

NAME = "socks5"
Span = tuple[int, int, bytes]
"""Start, end and bytes of a message; fewer bytes than between them where some were lost."""


def whole_message(
    context: FlowContext, direction: Direction, kind: Kind, span: Span, exchange: int | None, name: str = NAME
) -> Message:
    """A message that `frame` found complete; `exchange` is the number of the question it asks or answers."""
    start, end, raw = span
    traced = context.trace(GRAMMARS[kind], raw, "socks", {})
    value = traced.value
    notes = tuple(remarks(kind, value))
    sound = not any(note.severity is Severity.ERROR for note in notes)
    return Message(
        protocol=name,
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=readable(traced.root),
        label=label_of(kind, value) if sound else "",
        summary=summary_of(kind, value),
        notes=notes,
        views=traced.views,
        value=value,
        parameters={"kind": kind},
        exchange=exchange if sound else None,
    )


def broken_message(
    context: FlowContext, direction: Direction, kind: Kind, span: Span, reason: str, section: str, name: str = NAME
) -> Message:
    """What there is of a message that is incomplete or whose end nobody can tell."""
    start, end, raw = span
    traced = context.trace(GRAMMARS[kind], raw, "socks", {})
    root = readable(traced.root)
    return Message(
        protocol=name,
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=Field(root.name, 0, len(raw), root.value, root.children, root.abbrev, root.text, root.error),
        summary=f"broken {kind.value}: {reason}",
        notes=(Note(Severity.ERROR, reason, 0, len(raw), section),),
        views=traced.views,
        parameters={"kind": kind},
    )


def undecoded_message(direction: Direction, span: Span, reason: str, severity: Severity = Severity.WARN) -> Message:
    """Bytes that are no SOCKS, and why they are here."""
    start, end, raw = span
    size = len(raw)
    notes = [Note(severity, reason, 0, size)]
    if size < end - start:
        notes.append(Note(Severity.WARN, f"{end - start - size} bytes before these were not captured", 0, 0))
    data = Field("data", 0, size, raw, abbrev=f"{UNDECODED}.data")
    return Message(
        protocol=UNDECODED,
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=Field(UNDECODED, 0, size, children=(data,), abbrev=UNDECODED),
        summary=f"{size} bytes",
        notes=tuple(notes),
    )

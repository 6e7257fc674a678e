"""Messages in the making: one per record, with its fields, views, notes and value."""

from dataclasses import dataclass, field
from typing import Any

from workbench.api import UNDECODED, Direction, Field, Message, Note, Severity, View
from workbench_tls.bodies import Agreed
from workbench_tls.names import CONTENT_TYPES, version_name
from workbench_tls.wire import HEADER, Piece

__all__ = ["DECRYPTED", "Draft", "undecoded_message"]

DECRYPTED = "Decrypted TLS"
"""Name of the view with a record's plaintext."""


@dataclass(slots=True)
class Draft:
    """A message for one record. `fields` come behind the header; `labels` and `words` are joined in the end."""

    direction: Direction
    piece: Piece
    disguised: bool = False
    """Whether the header's content type says nothing (RFC 8446 5.2)."""
    fields: list[Field] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    content: dict[str, Any] = field(default_factory=dict)
    agreed: list[Agreed] = field(default_factory=list)
    """What each handshake message of the value was read with."""

    @property
    def raw(self) -> bytes:
        """The record's bytes."""
        return self.piece.raw

    @property
    def kind(self) -> int:
        """The content type that the header names."""
        return self.raw[0]

    @property
    def version(self) -> int:
        """The version that the header names."""
        return int.from_bytes(self.raw[1:3], "big")

    @property
    def fragment(self) -> bytes:
        """What comes behind the header."""
        return self.raw[HEADER:]

    def view(self, name: str, data: bytes) -> int:
        """Add a derived view; its number."""
        self.views.append(View(name, data))
        return len(self.views)

    def note(self, severity: Severity, text: str, section: str) -> None:
        """A remark on the whole record."""
        self.notes.append(Note(severity, text, 0, len(self.raw), section))

    def header(self) -> tuple[Field, ...]:
        """The fields of the record header. Those of a record that breaks off have no filter names: filters are about records."""
        kind = "opaque_type" if self.disguised else "content_type"
        prefix = "" if self.piece.kind == "cut" else "tls.record."
        values = (
            (kind, 0, 1, self.kind, CONTENT_TYPES.get(self.kind, "")),
            ("version", 1, 3, self.version, version_name(self.version)),
            ("length", 3, 5, int.from_bytes(self.raw[3:5], "big"), ""),
        )
        return tuple(
            Field(name, start, end, value, (), prefix and prefix + name, text) for name, start, end, value, text in values
        )

    def message(self) -> Message:
        """The finished message."""
        raw, piece = self.raw, self.piece
        root = Field("tls", 0, len(raw), None, (*self.header(), *self.fields), "tls")
        value = {"content_type": self.kind, "version": self.version, "length": len(self.fragment), **self.content}
        return Message(
            protocol="tls",
            direction=self.direction,
            start=piece.start,
            end=piece.end,
            raw=raw,
            root=root,
            label="+".join(self.labels),
            summary=", ".join(self.words),
            notes=tuple(self.notes),
            views=(View("TLS record", raw), *self.views) if self.views else (),
            value=value if self.content else None,
            parameters={"agreed": tuple(self.agreed)} if self.agreed else {},
        )


def undecoded_message(direction: Direction, piece: Piece, wanted: str = "TLS record") -> Message:
    """Bytes that are not TLS, or that were lost. `wanted` is what should have begun there."""
    size, missing = len(piece.raw), piece.end - piece.start - len(piece.raw)
    notes = []
    if missing:
        notes.append(Note(Severity.WARN, f"{missing} bytes before these were not captured", 0, size))
    elif piece.junk:
        notes.append(Note(Severity.WARN, f"no {wanted} begins here", 0, size, "RFC 8446 5.1"))
    data = Field("data", 0, size, piece.raw, (), f"{UNDECODED}.data")
    return Message(
        protocol=UNDECODED,
        direction=direction,
        start=piece.start,
        end=piece.end,
        raw=piece.raw,
        root=Field(UNDECODED, 0, size, None, (data,), UNDECODED),
        summary=f"{size} of {size + missing} bytes" if missing else f"{size} bytes",
        notes=tuple(notes),
    )

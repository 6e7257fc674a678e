"""Traces of RFC 8448, from `tests/interop/rfc8448`: what was on the wire, what is inside protected records, and the secrets.

A file has a word and its bytes in hexadecimal per entry; lines that are indented continue it. "client" and "server" are records of theirs,
"inside" is what the record before holds (without its content type), everything else is the label of a secret in a key log.
"""

from dataclasses import dataclass, field

from support.shared import ROOT
from workbench.api import Direction

__all__ = ["Trace", "trace_of"]

_SENDERS = {"client": Direction.TO_SERVER, "server": Direction.TO_CLIENT}


@dataclass
class Trace:
    """One section. `inside` has an entry for each turn, None for what is in the clear."""

    turns: list[tuple[Direction, bytes]] = field(default_factory=list)
    inside: list[bytes | None] = field(default_factory=list)
    secrets: dict[str, bytes] = field(default_factory=dict)

    def find(self, label: str, client_random: bytes) -> bytes | None:
        """The secret of that label; see `workbench.api.Secrets`."""
        return self.secrets.get(label)


def trace_of(section: int) -> Trace:
    """The trace of a section."""
    entries: list[str] = []
    for line in (ROOT / "tests" / "interop" / "rfc8448" / f"section-{section}.txt").read_text().splitlines():
        if line.startswith(" "):
            entries[-1] += f" {line}"
        elif not line.startswith("#"):
            entries.append(line)
    trace = Trace()
    for word, *texts in map(str.split, entries):
        data = bytes.fromhex("".join(texts))
        if word in _SENDERS:
            trace.turns.append((_SENDERS[word], data))
            trace.inside.append(None)
        elif word == "inside":
            trace.inside[-1] = data
        else:
            trace.secrets[word] = data
    return trace

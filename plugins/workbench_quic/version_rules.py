"""Version Negotiation that clients must ignore, or that leads to an older version (RFC 9000 6, RFC 9368 4, RFC 8999 6).

Nothing protects these packets: whoever sees a client's first packet can answer it.
"""

from collections.abc import Iterator, Sequence

from workbench.api import Note, Severity
from workbench_quic.versions import V1, V2, is_greased, version_name, version_of

__all__ = ["negotiation_notes"]

_DRAFT = 0
_RANKS = {V1: 1, V2: 1}
"""Versions that are standards are as good as each other; drafts are older."""


def negotiation_notes(offered: Sequence[int], attempted: int, size: int, *, answered: bool) -> Iterator[Note]:
    """About a Version Negotiation packet of `size` bytes that offers versions to a client that tried `attempted`; `answered`: the server
    had sent other packets of this connection before."""
    if attempted in offered:
        text = f"offers {_called(attempted)}, which the client had tried: clients ignore it"
        yield Note(Severity.WARN, text, 0, size, "RFC 9000 6.2")
    elif answered:
        text = "comes after other packets of the server: clients ignore it"
        yield Note(Severity.WARN, text, 0, size, "RFC 9000 6.2")
    else:
        real = [number for number in offered if not is_greased(number)]
        if attempted in _RANKS and real and all(_rank(number) < _RANKS[attempted] for number in real):
            text = f"the client tried {_called(attempted)} and is offered older versions only: {', '.join(map(_called, real))}"
            yield Note(Severity.NOTE, text, 0, size, "RFC 9368 4")


def _rank(number: int) -> int:
    """Where a version stands among those we know; those we do not know may be newer than all."""
    known = version_of(number)
    return _RANKS.get(number, _DRAFT if known is not None else max(_RANKS.values()))


def _called(number: int) -> str:
    return version_name(number) or f"0x{number:08x}"

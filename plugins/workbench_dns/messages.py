"""Messages out of bytes: one of DNS, whole or broken, or a run of bytes that is none."""

from collections.abc import Hashable, Sequence

from workbench.api import UNDECODED, Direction, Field, Message, Note, Severity
from workbench_dns.header import HEADER, Flavour
from workbench_dns.message import Parsed, read_message
from workbench_dns.pairing import Pairing, turn_of
from workbench_dns.rules import remarks
from workbench_dns.summaries import label_of, summary_of
from workbench_dns.values import value_of

__all__ = ["broken_message", "dns_message", "parsed_message", "undecoded_message"]

_TITLES = {
    Flavour.DNS: "Domain Name System",
    Flavour.MDNS: "Multicast Domain Name System",
    Flavour.LLMNR: "Link-local Multicast Name Resolution",
}

Place = tuple[Direction, int, int]
"""Direction, start and end in its byte stream."""


def dns_message(
    place: Place, raw: bytes, *, flavour: Flavour, origin: int = 0, pairing: Pairing | None = None, more: tuple[Note, ...] = ()
) -> Message:
    """The message in `raw`, of which `origin` bytes are the length before it. A cut one is shown as far as it goes.

    With `pairing` it is paired with what answers it, or what it answers. `more` are remarks of the caller.
    """
    if len(raw) < origin + HEADER:
        return broken_message(place, raw, f"the header is cut off after {max(0, len(raw) - origin)} bytes", flavour, origin, more)
    parsed = read_message(raw, origin, flavour)
    exchange: Hashable = None
    if pairing is not None and not parsed.error:
        exchange, odd = pairing.exchange(turn_of(parsed))
        more += odd
    return parsed_message(place, raw, parsed, flavour=flavour, origin=origin, exchange=exchange, more=more)


def parsed_message(
    place: Place,
    raw: bytes,
    parsed: Parsed,
    *,
    flavour: Flavour,
    origin: int = 0,
    exchange: Hashable = None,
    more: tuple[Note, ...] = (),
    lean: bool = False,
) -> Message:
    """The message that was read as `parsed`. A `lean` one has no value to be built again from."""
    direction, start, end = place
    notes = (*parsed.notes, *remarks(parsed, len(raw), origin, flavour), *more)
    fields = (_length(raw), *parsed.fields) if origin else parsed.fields
    title = f"{_TITLES[flavour]} ({'response' if parsed.response else 'query'})"
    sound = not _broken(parsed, notes)
    return Message(
        protocol=_protocol(flavour, origin),
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=Field(title, 0, len(raw), None, fields, flavour.value),
        label=label_of(parsed) if sound else "",
        summary=_summary(parsed),
        notes=notes,
        value=value_of(parsed, raw, origin) if sound and not lean else None,
        exchange=exchange if sound else None,
    )


def _protocol(flavour: Flavour, origin: int) -> str:
    return "dns-tcp" if origin else flavour.value


def _length(raw: bytes) -> Field:
    return Field("Length", 0, 2, int.from_bytes(raw[:2], "big"), (), "dns.length")


def _broken(parsed: Parsed, notes: Sequence[Note]) -> bool:
    return bool(parsed.error) or parsed.broken or any(note.severity is Severity.ERROR for note in notes)


def _summary(parsed: Parsed) -> str:
    said = summary_of(parsed)
    return f"broken: {said}" if parsed.error else said


def broken_message(
    place: Place, raw: bytes, reason: str, flavour: Flavour = Flavour.DNS, origin: int = 0, more: tuple[Note, ...] = ()
) -> Message:
    """Bytes that should be a message and have no whole header."""
    direction, start, end = place
    fields = []
    if origin and len(raw) >= 2:
        fields.append(_length(raw))
    if len(raw) > origin:
        fields.append(Field("Header", min(origin, len(raw)), len(raw), raw[origin:], (), "", "", reason))
    note = Note(Severity.ERROR, reason, 0, len(raw), "RFC 1035 4.1.1")
    return Message(
        protocol=_protocol(flavour, origin),
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=Field(_TITLES[flavour], 0, len(raw), None, tuple(fields), flavour.value),
        summary=f"broken: {reason}",
        notes=(note, *more),
    )


def undecoded_message(place: Place, raw: bytes, reason: str) -> Message:
    """Bytes that are no DNS, and why they are here."""
    direction, start, end = place
    size = len(raw)
    data = Field("data", 0, size, raw, abbrev=f"{UNDECODED}.data")
    return Message(
        protocol=UNDECODED,
        direction=direction,
        start=start,
        end=end,
        raw=raw,
        root=Field(UNDECODED, 0, size, children=(data,), abbrev=UNDECODED),
        summary=f"{size} bytes",
        notes=(Note(Severity.WARN, reason, 0, size),) if reason else (),
    )

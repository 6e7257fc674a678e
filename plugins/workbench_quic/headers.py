"""Headers of packets as far as they are in the clear: the invariants of every version, long headers, Version Negotiation, Retry (RFC 8999,
RFC 9000 17, RFC 9369 3). Short headers are two bytes long here, for only a connection knows how long their ID is.

Offsets count from the packet's first byte. What header protection hides is shown by `bits`, once it is known.
"""

from dataclasses import dataclass, field

from workbench.api import Field, Note, Severity
from workbench_quic.limits import MOST_OFFERED
from workbench_quic.protection import TAG
from workbench_quic.varints import varint
from workbench_quic.versions import NEGOTIATION, Kind, Version, is_greased, version_name, version_of

__all__ = ["FIXED", "LONG", "LONGEST_ID", "LongHeader", "read_long"]

LONG = 0x80
FIXED = 0x40
LONGEST_ID = 20
"""Bytes of a connection ID in versions 1 and 2 (RFC 9000 17.2); the invariants allow 255."""

_SHORTEST = 7
"""Bytes of a long header without any IDs (RFC 8999 5.1)."""


@dataclass(slots=True)
class LongHeader:
    """What a long header says. `fields` are those behind the first byte; `end` is where the packet ends, at most where its datagram does.

    `number_at` is where the packet number is, 0 where there is none. `version` is None where only the invariants are known.
    """

    first: int
    number: int
    version: Version | None
    kind: Kind
    end: int
    dcid: bytes = b""
    scid: bytes = b""
    token: bytes = b""
    tag: bytes = b""
    """Of a Retry."""
    offered: tuple[int, ...] = ()
    """Versions in Version Negotiation."""
    number_at: int = 0
    token_size: int = 0
    length_size: int = 0
    """Bytes that the fields Token Length and Length take."""
    fields: list[Field] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    whole: bool = True
    """Whether the packet is as long as it says."""

    def fail(self, name: str, start: int, error: str) -> None:
        """The rest of the packet is something else than it should be."""
        self.fields.append(Field(name, start, self.end, error=error))
        self.whole = False


def read_long(data: bytes, at: int = 0) -> LongHeader | None:
    """The long header of the packet that begins at `at`; None where not even the invariants are there."""
    size = len(data) - at
    if size < _SHORTEST:
        return None
    first = data[at]
    number = int.from_bytes(data[at + 1 : at + 5], "big")
    version = version_of(number)
    kind = Kind.UNKNOWN
    if number == NEGOTIATION:
        kind = Kind.NEGOTIATION
    elif version is not None:
        kind = version.kinds[first >> 4 & 3]
    header = LongHeader(first, number, version, kind, size)
    text = f"{version_name(number)} (0x{number:08x})" if version_name(number) else f"0x{number:08x}"
    header.fields.append(Field("Version", 1, 5, number, (), "quic.version", text))
    place = 5
    for which in ("Destination", "Source"):
        length = data[at + place]
        end = place + 1 + length
        if end > size - (which == "Destination"):
            header.fail(f"{which} Connection ID", place, f"the datagram ends inside a connection ID of {length} bytes")
            return header
        _identity(header, which, data[at + place + 1 : at + end], place)
        place = end
    _body(header, data, at, place)
    return header


def _identity(header: LongHeader, which: str, cid: bytes, place: int) -> None:
    """One connection ID with its length."""
    letter = which[0].lower()
    length, end = len(cid), place + 1 + len(cid)
    error = ""
    if length > LONGEST_ID and header.version is not None:
        error = f"{length} bytes; {LONGEST_ID} are the limit (RFC 9000 17.2)"
    header.fields.append(Field(f"{which} Connection ID Length", place, place + 1, length, (), f"quic.{letter}cil", "", error))
    if cid:
        header.fields.append(Field(f"{which} Connection ID", place + 1, end, cid, (), f"quic.{letter}cid"))
    if letter == "d":
        header.dcid = cid
    else:
        header.scid = cid


def _body(header: LongHeader, data: bytes, at: int, place: int) -> None:
    """What follows the connection IDs."""
    if header.kind is Kind.NEGOTIATION:
        _negotiation(header, data, at, place)
    elif header.kind is Kind.UNKNOWN:
        if place < header.end:
            rest = data[at + place : at + header.end]
            header.fields.append(Field("Remaining Payload", place, header.end, rest, (), "quic.remaining_payload"))
    elif header.kind is Kind.RETRY:
        _retry(header, data, at, place)
    else:
        try:
            _numbered(header, data, at, place)
        except IndexError:
            last = header.fields[-1].end
            header.fail("Rest", last, "the datagram ends inside the header")


def _negotiation(header: LongHeader, data: bytes, at: int, place: int) -> None:
    """The versions that a server offers (RFC 9000 17.2.1)."""
    offered = []
    last = place + (header.end - place) // 4 * 4
    for start in range(place, min(last, place + 4 * MOST_OFFERED), 4):
        number = int.from_bytes(data[at + start : at + start + 4], "big")
        offered.append(number)
        text = f"{version_name(number)} (0x{number:08x})" if version_name(number) else f"0x{number:08x}"
        header.fields.append(Field("Supported Version", start, start + 4, number, (), "quic.supported_version", text))
    header.offered = tuple(offered)
    shown = place + 4 * len(offered)
    if shown < last:
        header.fields.append(Field("More versions", shown, last, None, (), "", f"{(last - shown) // 4}, not shown"))
    if last < header.end:
        header.fail("Rest", last, f"{header.end - last} bytes are no version")
    elif not offered:
        header.notes.append(Note(Severity.ERROR, "no version is offered", place, header.end, "RFC 9000 17.2.1"))
    if all(is_greased(number) for number in offered) and offered:
        text = "only versions are offered that nobody speaks"
        header.notes.append(Note(Severity.NOTE, text, place, header.end, "RFC 9000 15"))


def _retry(header: LongHeader, data: bytes, at: int, place: int) -> None:
    """Token and integrity tag (RFC 9000 17.2.5)."""
    has_tag = header.version is not None and header.version.retry_key != b""
    cut = header.end - TAG if has_tag else header.end
    if cut < place:
        header.fail("Retry Integrity Tag", place, "the datagram ends before the integrity tag does")
        return
    header.token, header.tag = data[at + place : at + cut], data[at + cut : at + header.end]
    if header.token:
        header.fields.append(Field("Retry Token", place, cut, header.token, (), "quic.retry_token"))
    else:
        header.notes.append(Note(Severity.ERROR, "a Retry without a token is discarded", 0, header.end, "RFC 9000 17.2.5.2"))
    if has_tag:
        header.fields.append(Field("Retry Integrity Tag", cut, header.end, header.tag, (), "quic.retry_integrity_tag"))


def _numbered(header: LongHeader, data: bytes, at: int, place: int) -> None:
    """Token (of Initial packets) and length, up to the packet number. Raises `IndexError` where the datagram ends before."""
    fields, size = header.fields, header.end
    if header.kind is Kind.INITIAL:
        length, end = varint(data, at + place)
        fields.append(Field("Token Length", place, end - at, length, (), "quic.token_length"))
        header.token_size = end - at - place
        place = end - at
        if length > size - place:
            header.fail("Token", place, f"the datagram ends inside a token of {length} bytes")
            return
        if length:
            header.token = data[at + place : at + place + length]
            fields.append(Field("Token", place, place + length, header.token, (), "quic.token"))
            place += length
    length, end = varint(data, at + place)
    header.length_size = end - at - place
    place = end - at
    error = ""
    if length > size - place:
        error = f"{length} bytes, of which the datagram has {size - place}"
        header.whole = False
    fields.append(Field("Length", place - header.length_size, place, length, (), "quic.length", "", error))
    header.number_at = place
    header.end = min(size, place + length)

"""Versions of QUIC, and what each does in its own way: names, salts, key labels, numbers of long packet types (RFC 9000 15, 9001, 9369).

Drafts before the 23rd, Google's versions and those nobody knows are read as far as the invariants go (RFC 8999).
"""

from dataclasses import dataclass
from enum import Enum

__all__ = ["NEGOTIATION", "V1", "V2", "Kind", "Version", "is_greased", "version_name", "version_of"]

NEGOTIATION = 0
"""What stands for the version in Version Negotiation packets (RFC 8999 6)."""

V1 = 0x00000001
V2 = 0x6B3343CF


class Kind(Enum):
    """Types of packets; the values are the names people read."""

    INITIAL = "Initial"
    EARLY = "0-RTT"
    HANDSHAKE = "Handshake"
    RETRY = "Retry"
    NEGOTIATION = "Version Negotiation"
    ONE_RTT = "1-RTT"
    UNKNOWN = "unknown version"
    """A long header of a version of which only the invariants are known."""
    RESET = "Stateless Reset"
    PADDING = "padding"
    """Bytes behind the packets of a datagram."""


_KINDS_V1 = (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE, Kind.RETRY)
"""RFC 9000 table 5."""
_KINDS_V2 = (Kind.RETRY, Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE)
"""RFC 9369 3.2."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version whose packets can be read. `salt` makes Initial secrets (RFC 9001 5.2), `label` begins the labels of key derivation,
    `retry_key` and `retry_nonce` make the integrity tag of Retry packets (5.8; b"" where a draft had none), `kinds` are the long packet
    types by number."""

    number: int
    name: str
    salt: bytes
    retry_key: bytes = b""
    retry_nonce: bytes = b""
    label: bytes = b"quic "
    kinds: tuple[Kind, Kind, Kind, Kind] = _KINDS_V1

    @property
    def is_v2(self) -> bool:
        """Whether its long packet types are numbered as in version 2."""
        return self.kinds is _KINDS_V2

    def type_of(self, kind: Kind) -> int:
        """The number of a long packet type. Raises `ValueError` for kinds that are none."""
        return self.kinds.index(kind)


_SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
_SALT_D29 = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_SALT_D23 = bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")
_RETRY_V1 = bytes.fromhex("be0c690b9f66575a1d766b54e368c84e"), bytes.fromhex("461599d35d632bf2239825bb")
_RETRY_D29 = bytes.fromhex("ccce187ed09a09d05728155a6cb96be1"), bytes.fromhex("e54930f97f2136f0530a8c1c")
_RETRY_D25 = bytes.fromhex("4d32ecdb2a2133c841e4043df27d4430"), bytes.fromhex("4d1611d05513a552c587d575")

_DRAFT = 0xFF000000
_FACEBOOK = 0xFACEB002
"""mvfst's number for the 27th draft."""
_FIRST_DRAFT, _LAST_DRAFT = 23, 34


def _draft(number: int, wire: int = 0) -> Version:
    """What draft-ietf-quic-tls had in this revision. From the 33rd on it is what the RFC has."""
    salt, retry = next(
        (salt, retry)
        for last, salt, retry in (
            (24, _SALT_D23, (b"", b"")),
            (28, _SALT_D23, _RETRY_D25),
            (32, _SALT_D29, _RETRY_D29),
            (_LAST_DRAFT, _SALT_V1, _RETRY_V1),
        )
        if number <= last
    )
    return Version(wire or _DRAFT | number, f"draft-{number}", salt, *retry)


def _known() -> dict[int, Version]:
    found = [
        Version(V1, "v1", _SALT_V1, *_RETRY_V1),
        Version(
            V2,
            "v2",
            bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
            bytes.fromhex("8fb4b01b56ac48e260fbcbcead7ccc92"),
            bytes.fromhex("d86969bc2d7c6d9990efb04a"),
            b"quicv2 ",
            _KINDS_V2,
        ),
        Version(
            0x709A50C4,
            "v2 (draft)",
            bytes.fromhex("a707c203a59b47184a1d62ca570406ea7ae3e5d3"),
            bytes.fromhex("ba858dc7b43de5dbf87617ff4ab253db"),
            bytes.fromhex("141b99c239b03e785d6a2e9f"),
            b"quicv2 ",
            _KINDS_V2,
        ),
        *(_draft(number) for number in range(_FIRST_DRAFT, _LAST_DRAFT + 1)),
        _draft(27, _FACEBOOK),
    ]
    return {version.number: version for version in found}


_KNOWN = _known()


def version_of(number: int) -> Version | None:
    """What is known of a version; None where only the invariants hold."""
    return _KNOWN.get(number)


def is_greased(number: int) -> bool:
    """Whether a version number is one of those that force negotiation (RFC 9000 15)."""
    return number & 0x0F0F0F0F == 0x0A0A0A0A


def version_name(number: int) -> str:
    """How people call a version."""
    known = _KNOWN.get(number)
    if known is not None:
        return known.name
    if number == NEGOTIATION:
        return "Version Negotiation"
    if is_greased(number):
        return "reserved to force negotiation"
    if number >> 24 in (0x51, 0x54):  # "Q" and "T", then three digits
        text = number.to_bytes(4, "big").decode("ascii", "replace")
        if text[1:].isdecimal():
            return f"Google {text}"
    if number >> 8 == _DRAFT >> 8:
        return f"draft-{number & 0xFF}"
    return ""

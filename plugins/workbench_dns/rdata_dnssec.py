"""Records of DNSSEC whose data is no plain sequence: keys with their tags (RFC 4034), bitmaps of types, hashed names (RFC 5155)."""

import base64
from collections.abc import Mapping

from workbench.api import Field, Severity
from workbench_dns import algorithms as words
from workbench_dns.cursor import Cursor, Step
from workbench_dns.vocabulary import type_name

__all__ = ["READERS", "key_tag", "read_bitmap"]

_DNSKEY_BITS = (
    ("Zone key", "dns.dnskey.flags.zone_key", 7, 1),
    ("Key revoked", "dns.dnskey.flags.key_revoked", 8, 1),
    ("Key signing key", "dns.dnskey.flags.secure_entry_point", 15, 1),
)

_DNSKEY_RESERVED = 0xFE7E
"""Bits of the flags without a meaning (RFC 4034 2.1.1)."""

_KEY_BITS = (
    ("Key not allowed for authentication", "dns.key.flags.authentication", 0, 1),
    ("Key not allowed for confidentiality", "dns.key.flags.confidentiality", 1, 1),
    ("Key required", "dns.key.flags.required", 2, 1),
    ("Key is associated with a user", "dns.key.flags.associated_user", 5, 1),
    ("Key is associated with the named entity", "dns.key.flags.associated_named_entity", 6, 1),
    ("Key use with IPSEC", "dns.key.flags.ipsec", 8, 1),
    ("Key use with MIME security multiparts", "dns.key.flags.mime", 9, 1),
    ("Signatory", "dns.key.flags.signatory", 12, 4),
)


def key_tag(data: bytes) -> int:
    """The tag of a DNSKEY's data (RFC 4034 appendix B); that of algorithm 1 lies in its modulus (B.1)."""
    if len(data) > 3 and data[3] == 1:
        return int.from_bytes(data[-3:-1], "big")
    total = sum(data[::2]) * 256 + sum(data[1::2])
    return (total + (total >> 16)) & 0xFFFF


def _read_key(cursor: Cursor, prefix: str, bits: tuple[tuple[str, str, int, int], ...]) -> str:
    start = cursor.at
    flags = cursor.flags(2, "Flags", f"{prefix}.flags", bits)
    if prefix == "dns.dnskey":
        reserved = Field("Reserved", start, start + 2, flags & _DNSKEY_RESERVED, (), "dns.dnskey.flags.reserved")
        cursor.fields.append(reserved)
    cursor.number(1, "Protocol", f"{prefix}.protocol")
    algorithm = cursor.number(1, "Algorithm", f"{prefix}.algorithm", words.KEY_ALGORITHMS)
    tag = key_tag(cursor.data[start : cursor.end])
    cursor.fields.append(Field("Key id", start, cursor.end, tag, (), f"{prefix}.key_id", generated=True))
    cursor.rest("Public key", f"{prefix}.public_key")
    return f"{words.KEY_ALGORITHMS.get(algorithm, algorithm)} key {tag}"


def _read_dnskey(cursor: Cursor) -> str:
    return _read_key(cursor, "dns.dnskey", _DNSKEY_BITS)


def _read_old_key(cursor: Cursor) -> str:
    return _read_key(cursor, "dns.key", _KEY_BITS)


def read_bitmap(cursor: Cursor, section: str = "RFC 4034 4.1.2") -> list[str]:
    """Windows of 256 types each, up to the end; every type is a field, as in Wireshark."""
    found: list[str] = []
    before = -1
    while cursor.left:
        start = cursor.at
        window = cursor.number(1, "Window")
        size = cursor.number(1, "Bitmap length")
        at = cursor.at
        bits = cursor.take(size, "Bitmap")
        if not 1 <= size <= 32:
            cursor.warn(f"a bitmap of {size} bytes; 1 to 32 are allowed", start, cursor.at, section, Severity.ERROR)
        elif window <= before:
            cursor.warn("the windows are not in order", start, cursor.at, section)
        before = window
        for place, byte in enumerate(bits[:32]):
            for bit in range(8):
                if byte & 0x80 >> bit:
                    number = window << 8 | place << 3 | bit
                    cursor.spend(1)
                    found.append(type_name(number))
                    where = (8 * (at + place) + bit, 8 * (at + place) + bit + 1)
                    span = at + place, at + place + 1
                    title = "RR type in bitmap"
                    cursor.fields.append(Field(title, *span, number, (), "dns.resp.type", found[-1], "", 0, where))
    return found


def _read_nsec(cursor: Cursor) -> str:
    following = cursor.name("Next domain name", "dns.nsec.next_domain_name")
    return f"{following.text} {' '.join(read_bitmap(cursor))}".rstrip()


def _read_nxt(cursor: Cursor) -> str:
    """The bitmap of NXT is one of 128 types without windows (RFC 2535 5.2)."""
    following = cursor.name("Next domain name", "dns.nxt.next_domain_name")
    at = cursor.at
    bits = cursor.take(cursor.left, "Bitmap")
    for place, byte in enumerate(bits[:16]):
        for bit in range(8):
            if byte & 0x80 >> bit:
                number = place << 3 | bit
                where = (8 * (at + place) + bit, 8 * (at + place) + bit + 1)
                text = type_name(number)
                cursor.fields.append(
                    Field("RR type in bitmap", at + place, at + place + 1, number, (), "dns.resp.type", text, "", 0, where)
                )
    return following.text


_OPT_OUT = (("NSEC3 opt-out flag", "dns.nsec3.flags.opt_out", 7, 1),)


def _read_nsec3param(cursor: Cursor) -> str:
    """RFC 5155 4.2: as the head of NSEC3, and no flag has a meaning."""
    return _read_nsec3_head(cursor, ())


def _read_nsec3_head(cursor: Cursor, bits: tuple[tuple[str, str, int, int], ...] = _OPT_OUT) -> str:
    algorithm = cursor.number(1, "Hash algorithm", "dns.nsec3.algo", words.NSEC3_HASHES)
    cursor.flags(1, "NSEC3 flags", "dns.nsec3.flags", bits)
    at = cursor.at
    iterations = cursor.number(2, "NSEC3 iterations", "dns.nsec3.iterations")
    if iterations:
        cursor.warn(f"{iterations} iterations; 0 is right", at, at + 2, "RFC 9276 3.1", Severity.NOTE)
    size = cursor.number(1, "Salt length", "dns.nsec3.salt_length")
    salt = cursor.octets(size, "Salt value", "dns.nsec3.salt_value") if size else b""
    return f"{words.NSEC3_HASHES.get(algorithm, algorithm)} {iterations} {salt.hex() or '-'}"


def _read_nsec3(cursor: Cursor) -> str:
    head = _read_nsec3_head(cursor)
    size = cursor.number(1, "Hash length", "dns.nsec3.hash_length")
    at = cursor.at
    data = cursor.take(size, "Next hashed owner")
    owner = base64.b32hexencode(data).decode("ascii").rstrip("=").lower()
    cursor.fields.append(Field("Next hashed owner", at, cursor.at, owner, (), "dns.nsec3.hash_value"))
    return f"{head} {owner} {' '.join(read_bitmap(cursor, 'RFC 5155 3.2.1'))}".rstrip()


def _read_csync(cursor: Cursor) -> str:
    serial = cursor.number(4, "SOA", "dns.csync.soa")
    bits = (("soaminimum", "dns.csync.flags.soaminimum", 14, 1), ("immediate", "dns.csync.flags.immediate", 15, 1))
    cursor.flags(2, "Flags", "dns.csync.flags", bits)
    at = cursor.at
    cursor.rest("Type bitmap", "dns.csync.type_bitmap")
    cursor.at = at
    return f"{serial} {' '.join(read_bitmap(cursor, 'RFC 7477 2.1.1.2'))}".rstrip()


READERS: Mapping[int, Step] = {
    25: _read_old_key,
    30: _read_nxt,
    47: _read_nsec,
    48: _read_dnskey,
    50: _read_nsec3,
    51: _read_nsec3param,
    57: _read_old_key,
    60: _read_dnskey,
    62: _read_csync,
}

"""The options of EDNS (RFC 6891 6.1.2): code, length, and what is inside of each kind."""

from collections.abc import Callable, Mapping
from functools import partial

from workbench.api import Severity
from workbench_dns.algorithms import DIGESTS, KEY_ALGORITHMS, NSEC3_HASHES
from workbench_dns.cursor import Cursor, ShortError

__all__ = ["ERRORS", "OPTIONS", "read_options"]

OPTIONS = {
    1: "LLQ", 2: "Update Lease", 3: "NSID", 4: "Owner", 5: "DAU", 6: "DHU", 7: "N3U", 8: "Client Subnet", 9: "Expire", 10: "Cookie",
    11: "TCP Keepalive", 12: "Padding", 13: "Chain", 14: "Key Tag", 15: "Extended DNS Error", 16: "Client Tag", 17: "Server Tag",
    18: "Report Channel", 19: "Zone Version", 20292: "Umbrella Ident", 20730: "Client Subnet (experimental)", 26946: "Device ID",
}  # fmt: skip

ERRORS = {
    0: "Other", 1: "Unsupported DNSKEY Algorithm", 2: "Unsupported DS Digest Type", 3: "Stale Answer", 4: "Forged Answer",
    5: "DNSSEC Indeterminate", 6: "DNSSEC Bogus", 7: "Signature Expired", 8: "Signature Not Yet Valid", 9: "DNSKEY Missing",
    10: "RRSIGs Missing", 11: "No Zone Key Bit Set", 12: "NSEC Missing", 13: "Cached Error", 14: "Not Ready", 15: "Blocked",
    16: "Censored", 17: "Filtered", 18: "Prohibited", 19: "Stale NXDOMAIN Answer", 20: "Not Authoritative", 21: "Not Supported",
    22: "No Reachable Authority", 23: "Network Error", 24: "Invalid Data", 25: "Signature Expired before Valid", 26: "Too Early",
    27: "Unsupported NSEC3 Iterations Value", 28: "Unable to conform to policy", 29: "Synthesized", 30: "Invalid Query Type",
}  # fmt: skip


def _read_subnet(cursor: Cursor) -> str:
    """RFC 7871 6: family, prefix lengths, and as many bytes of the address as the source prefix needs."""
    start = cursor.at
    family = cursor.number(2, "Family", "dns.opt.client.family", {1: "IPv4", 2: "IPv6"})
    source = cursor.number(1, "Source netmask", "dns.opt.client.netmask")
    cursor.number(1, "Scope netmask", "dns.opt.client.scope")
    abbrevs = ("dns.opt.client.addr4", "dns.opt.client.addr6", "dns.opt.client.addr")
    longest = {1: 32, 2: 128}.get(family)
    if cursor.left != (source + 7) // 8 or (longest is not None and source > longest):
        text = f"an address of {cursor.left} bytes for a prefix of {source} bits"
        cursor.warn(text, start, cursor.end, "RFC 7871 6", Severity.ERROR)
    address = cursor.prefix(family, cursor.left, "Client subnet", abbrevs) if cursor.left else "0"
    return f"{address}/{source}"


def _read_cookie(cursor: Cursor) -> str:
    """RFC 7873 4: 8 bytes of the client, then none or 8 to 32 of the server."""
    start = cursor.at
    cursor.octets(8, "Client cookie", "dns.opt.cookie.client")
    if cursor.left and not 8 <= cursor.left <= 32:
        cursor.warn(
            f"a server cookie of {cursor.left} bytes; 8 to 32 are allowed", start, cursor.end, "RFC 7873 5.2.2", Severity.ERROR
        )
    cursor.rest("Server cookie", "dns.opt.cookie.server")
    return ""


def _read_numbers(cursor: Cursor, size: int, title: str, abbrev: str, texts: Mapping[int, str]) -> str:
    found = []
    while cursor.left:
        number = cursor.number(size, title, abbrev, texts)
        found.append(texts.get(number, str(number)))
    return " ".join(found)


def _read_keepalive(cursor: Cursor) -> str:
    if not cursor.left:
        return ""
    tenths = cursor.number(2, "Timeout", "dns.opt.edns_tcp_keepalive.timeout")
    return f"{tenths / 10:g} s"


def _read_error(cursor: Cursor) -> str:
    code = cursor.number(2, "Info code", "dns.opt.ext_error.info_code", ERRORS)
    text = cursor.text(cursor.left, "Extra text", "dns.opt.ext_error.extra_text") if cursor.left else ""
    return f"{ERRORS.get(code, code)}{': ' + text if text else ''}"


def _read_padding(cursor: Cursor) -> str:
    cursor.rest("Padding", "dns.opt.padding")
    return ""


def _read_name(cursor: Cursor, title: str, abbrev: str) -> str:
    return cursor.name(title, abbrev).text


def _read_expire(cursor: Cursor) -> str:
    return f"{cursor.number(4, 'Expire', 'dns.opt.expire')} s" if cursor.left else ""


def _read_nsid(cursor: Cursor) -> str:
    return cursor.text(cursor.left, "Name server identifier", "dns.opt.nsid") if cursor.left else ""


def _read_llq(cursor: Cursor) -> str:
    """RFC 8764 3.2."""
    cursor.number(2, "Version", "dns.opt.llq.version")
    cursor.number(2, "Opcode", "dns.opt.llq.opcode", {1: "setup", 2: "refresh", 3: "event"})
    cursor.number(2, "Error", "dns.opt.llq.error")
    cursor.octets(8, "Id", "dns.opt.llq.id")
    return f"{cursor.number(4, 'Lease life', 'dns.opt.llq.lease_life')} s"


def _read_lease(cursor: Cursor) -> str:
    """RFC 9664 4."""
    lease = cursor.number(4, "Lease", "dns.opt.update_lease.lease")
    if cursor.left:
        cursor.number(4, "Key lease", "dns.opt.update_lease.key_lease")
    return f"{lease} s"


def _read_zone_version(cursor: Cursor) -> str:
    """RFC 9660 2."""
    if not cursor.left:
        return ""
    cursor.number(1, "Label count", "dns.opt.zoneversion.labels")
    kind = cursor.number(1, "Type", "dns.opt.zoneversion.type", {0: "SOA serial"})
    if kind == 0 and cursor.left == 4:
        return str(cursor.number(4, "SOA serial", "dns.opt.zoneversion.serial"))
    cursor.rest("Version", "dns.opt.zoneversion.version")
    return ""


_READERS: Mapping[int, Callable[[Cursor], str]] = {
    1: _read_llq,
    2: _read_lease,
    3: _read_nsid,
    5: partial(_read_numbers, size=1, title="DAU", abbrev="dns.opt.dau", texts=KEY_ALGORITHMS),
    6: partial(_read_numbers, size=1, title="DHU", abbrev="dns.opt.dhu", texts=DIGESTS),
    7: partial(_read_numbers, size=1, title="N3U", abbrev="dns.opt.n3u", texts=NSEC3_HASHES),
    8: _read_subnet,
    9: _read_expire,
    10: _read_cookie,
    11: _read_keepalive,
    12: _read_padding,
    13: partial(_read_name, title="Closest trust point", abbrev="dns.opt.chain.fqdn"),
    14: partial(_read_numbers, size=2, title="Key tag", abbrev="dns.opt.key_tag", texts={}),
    15: _read_error,
    18: partial(_read_name, title="Agent domain", abbrev="dns.opt.report_channel.agent"),
    19: _read_zone_version,
    20730: _read_subnet,
}


def _read_option(cursor: Cursor, codes: list[int]) -> str:
    code = cursor.number(2, "Option code", "dns.opt.code", OPTIONS)
    size = cursor.number(2, "Option length", "dns.opt.len")
    codes.append(code)
    title = OPTIONS.get(code) or f"option {code}"
    at = cursor.at
    data = cursor.take(size, "Option data")
    if data:
        cursor.at = at
        cursor.octets(size, "Option data", "dns.opt.data")
    reader = _READERS.get(code)
    if reader is None:
        return title
    cursor.at = at
    try:
        said = reader(cursor)
    except ShortError:
        return title
    return f"{title}: {said}" if said else title


def read_options(cursor: Cursor) -> tuple[str, list[int]]:
    """All options to the end, as text and by code."""
    codes: list[int] = []
    said = []
    while cursor.left:
        at = cursor.at
        size = int.from_bytes(cursor.data[at + 2 : at + 4], "big")
        cursor.group(
            "Option", "dns.opt", lambda inner: _read_option(inner, codes), at + 4 + size if cursor.left >= 4 else cursor.end
        )
        said.append(cursor.fields[-1].name)
    return ", ".join(said), codes

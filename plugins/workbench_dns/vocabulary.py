"""The words of the header and of records: types, classes, opcodes and response codes, as IANA's registry names them.

Words of single record types are in `algorithms` and beside their readers.
"""

__all__ = [
    "CLASSES",
    "META_TYPES",
    "OPCODES",
    "OPT",
    "RCODES",
    "RCODE_TITLES",
    "TSIG",
    "TYPES",
    "TYPE_NUMBERS",
    "class_name",
    "opcode_name",
    "rcode_name",
    "type_name",
]

TYPES = {
    1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS", 12: "PTR",
    13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT", 22: "NSAP",
    23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID", 32: "NIMLOC",
    33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6", 39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS",
    44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA",
    53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY", 58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC",
    63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 66: "DSYNC", 99: "SPF", 100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID",
    105: "L32", 106: "L64", 107: "LP", 108: "EUI48", 109: "EUI64", 128: "NXNAME", 249: "TKEY", 250: "TSIG", 251: "IXFR",
    252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA", 258: "AVC", 259: "DOA", 260: "AMTRELAY",
    261: "RESINFO", 262: "WALLET", 32768: "TA", 32769: "DLV", 65281: "WINS", 65282: "WINS-R", 65422: "XPF",
}  # fmt: skip

TYPE_NUMBERS = {name: number for number, name in TYPES.items()}

OPT, TSIG = 41, 250

META_TYPES = frozenset((OPT, 249, TSIG, 251, 252, 253, 254, 255))
"""Types that ask or accompany, and never lie in a zone (RFC 6895 3.1)."""

CLASSES = {1: "IN", 2: "CS", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}

OPCODES = {0: "query", 1: "iquery", 2: "status", 4: "notify", 5: "update", 6: "dso"}

RCODES = {
    0: "noerror", 1: "formerr", 2: "servfail", 3: "nxdomain", 4: "notimp", 5: "refused", 6: "yxdomain", 7: "yxrrset", 8: "nxrrset",
    9: "notauth", 10: "notzone", 11: "dsotypeni", 16: "badvers", 17: "badkey", 18: "badtime", 19: "badmode", 20: "badname",
    21: "badalg", 22: "badtrunc", 23: "badcookie",
}  # fmt: skip

RCODE_TITLES = {
    0: "no error", 1: "format error", 2: "server failure", 3: "no such name", 4: "not implemented", 5: "refused",
    6: "name exists", 7: "RRset exists", 8: "RRset does not exist", 9: "not authoritative", 10: "name out of zone",
    11: "DSO type not implemented", 16: "bad OPT version or TSIG signature", 17: "key not recognised", 18: "signature out of time",
    19: "bad TKEY mode", 20: "duplicate key name", 21: "algorithm not supported", 22: "bad truncation", 23: "bad server cookie",
}  # fmt: skip


def type_name(number: int) -> str:
    """A type as zone files write it; an unknown one as RFC 3597 section 5 does."""
    return TYPES.get(number) or f"TYPE{number}"


def class_name(number: int) -> str:
    """A class likewise."""
    return CLASSES.get(number) or f"CLASS{number}"


def opcode_name(number: int) -> str:
    """An opcode in one word."""
    return OPCODES.get(number) or f"opcode{number}"


def rcode_name(number: int) -> str:
    """A response code in one word, extended ones included."""
    return RCODES.get(number) or f"rcode{number}"

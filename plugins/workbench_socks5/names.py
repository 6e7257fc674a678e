"""The numbers of SOCKS and what they are called (RFC 1928, 1929, 1961; the SOCKS4 memo and its 4A extension)."""

__all__ = [
    "ADDRESS_TYPES",
    "COMMANDS",
    "GSSAPI_COMMANDS",
    "METHODS",
    "NO_ACCEPTABLE",
    "REPLIES",
    "REPLIES4",
    "REPLY_TEXTS",
    "VERSION",
    "VERSION4",
]

VERSION, VERSION4 = 5, 4

METHODS = {
    "none": 0,
    "gssapi": 1,
    "password": 2,
    "chap": 3,
    "cram": 5,
    "tls": 6,
    "nds": 7,
    "multi": 8,
    "json": 9,
    "no_acceptable": 255,
}
"""RFC 1928 section 3, and IANA's registry of SOCKS methods."""
NO_ACCEPTABLE = 255

COMMANDS = {"connect": 1, "bind": 2, "associate": 3}
"""RFC 1928 section 4; SOCKS4 knows the first two."""

ADDRESS_TYPES = {"ipv4": 1, "domain": 3, "ipv6": 4}
"""RFC 1928 section 4."""

REPLIES = {
    "succeeded": 0,
    "general_failure": 1,
    "not_allowed": 2,
    "network_unreachable": 3,
    "host_unreachable": 4,
    "refused": 5,
    "ttl_expired": 6,
    "command_not_supported": 7,
    "address_type_not_supported": 8,
}
"""RFC 1928 section 6."""

REPLY_TEXTS = {
    0: "succeeded",
    1: "general SOCKS server failure",
    2: "connection not allowed by ruleset",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
    90: "request granted",
    91: "request rejected or failed",
    92: "rejected: the server cannot reach identd on the client",
    93: "rejected: the client and identd report different users",
}
"""By number; the two versions do not overlap."""

REPLIES4 = {"granted": 90, "rejected": 91, "no_identd": 92, "identd_mismatch": 93}

GSSAPI_COMMANDS = {"authentication": 1, "protection": 2, "encapsulated": 3, "abort": 255}
"""RFC 1961 sections 3 to 5."""

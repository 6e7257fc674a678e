"""Valid sessions to fuzz from and to examine the decoder with: queries of every sort, over datagrams, streams and multicast.

The recorded ones are what dig 9.18, kdig 3.2 and Chromium send; the names in them were made for it.
"""

from dataclasses import replace

from workbench.api import Hints, Secret, Seed, list_on_demand
from workbench_dns.answers import answer
from workbench_dns.presentation import labels_of
from workbench_dns.queries import framed, opt_record, query
from workbench_dns.writer import Writer

__all__ = ["HINTS", "LLMNR_SEEDS", "LOCAL_HINTS", "MULTICAST_SEEDS", "SEEDS", "STREAM_HINTS", "STREAM_SEEDS"]

_ZONE = "workbench.test."
_HOST_TYPES = (
    "HINFO", "LOC", "SSHFP", "RP", "EUI48", "EUI64", "IPSECKEY", "WKS", "AFSDB", "X25", "ISDN", "RT", "NSAP", "PX", "GPOS", "KX",
    "CERT", "APL", "DHCID", "HIP", "OPENPGPKEY", "SMIMEA", "NID", "L32", "L64", "LP", "URI", "SPF", "MB", "MINFO", "KEY", "NULL",
)  # fmt: skip
_APEX_TYPES = (
    "SOA", "NS", "A", "AAAA", "MX", "TXT", "CAA", "DNSKEY", "CDS", "CDNSKEY", "CSYNC", "ZONEMD", "NSEC", "NSEC3PARAM", "RRSIG",
)  # fmt: skip

_COOKIE = (10, bytes.fromhex("24a5ac2b3f5c6d7e"))
_SUBNET = (8, bytes.fromhex("00011800c00002"))


def _session(name: str, *messages: bytes) -> Seed:
    return Seed(name, messages)


def _notify() -> bytes:
    """RFC 1996 3.7."""
    return query(_ZONE, "SOA", flags=0x2400)


def _update() -> bytes:
    """RFC 2136: a prerequisite, a deletion and an addition."""
    writer = Writer()
    for number in (0x5678, 0x2800, 1, 1, 2, 0):
        writer.number(number, 2)
    zone = labels_of(_ZONE)
    writer.name(zone)
    writer.data += b"\0\x06\0\x01"
    for name, kind, klass, ttl, data in (
        (b"old", 255, 254, 0, b""),
        (b"gone", 1, 255, 0, b""),
        (b"new", 1, 1, 300, b"\xc0\0\x02\x63"),
    ):
        writer.name((name, *zone))
        writer.number(kind, 2)
        writer.number(klass, 2)
        writer.number(ttl, 4)
        writer.number(len(data), 2)
        writer.data += data
    return bytes(writer.data)


_DIG = query("www.workbench.test.", number=0x8F3A, flags=0x0120, records=[opt_record([(10, bytes.fromhex("a1b2c3d4e5f60718"))])])
"""dig: AD and a cookie."""

_KDIG_DNSSEC = query(_ZONE, "DNSKEY", number=0x6B91, flags=0x0120, records=[opt_record(size=4096, dnssec=True)])
"""kdig +dnssec."""

_BROWSER = (
    query("www.workbench.test.", "A", number=0x0C4E),
    query("www.workbench.test.", "HTTPS", number=0xD21B),
    query("www.workbench.test.", "AAAA", number=0x77A0),
)
"""Chromium: three plain questions at once."""

_QUERIES: tuple[Seed, ...] = (
    _session("dig", _DIG),
    _session("kdig with DO", _KDIG_DNSSEC),
    _session("a browser", *_BROWSER),
    _session("apex types", *(query(_ZONE, kind, number=place) for place, kind in enumerate(_APEX_TYPES))),
    _session("host types", *(query("host.workbench.test.", kind, number=place) for place, kind in enumerate(_HOST_TYPES))),
    _session("an unknown type", query("host.workbench.test.", 65_400)),
    _session("a service", query("_http._tcp.workbench.test.", "PTR"), query("shop._http._tcp.workbench.test.", "SRV")),
    _session("an endpoint", query("_dns.workbench.test.", "SVCB"), query("_443._tcp.www.workbench.test.", "TLSA")),
    _session("a rule", query("urn.workbench.test.", "NAPTR")),
    _session("a chain of aliases", query("chain1.workbench.test.")),
    _session("aliases in a circle", query("loop1.workbench.test.")),
    _session("an alias that leads out", query("outside.workbench.test.")),
    _session("an alias that leads nowhere", query("lost.workbench.test.", "AAAA")),
    _session("below a DNAME", query("leaf.tree.workbench.test.")),
    _session("a wildcard", query("anything.wild.workbench.test.", "TXT")),
    _session("no such name", query("missing.workbench.test.")),
    _session("no such data", query("www.workbench.test.", "MX")),
    _session("a name on the way", query("c.deep.workbench.test.", "TXT")),
    _session("a referral", query("www.sub.workbench.test."), query("sub.workbench.test.", "DS")),
    _session("not ours", query("www.example.com.")),
    _session("everything", query("www.workbench.test.", "ANY")),
    _session("capital letters", query("wWw.WorkBench.TEST.")),
    _session("odd letters", query("\\000\\255\\.\\\\.workbench.test.")),
    _session("many strings", query("many.workbench.test.", "TXT", records=[opt_record()])),
    _session("too long for a datagram", query("big.workbench.test.", "TXT")),
    _session("long with EDNS", query("big.workbench.test.", "TXT", records=[opt_record(size=4096)])),
    _session("cookie", query("www.workbench.test.", records=[opt_record([_COOKIE])])),
    _session("client subnet", query("www.workbench.test.", records=[opt_record([_SUBNET])])),
    _session(
        "many options",
        query(
            "www.workbench.test.", records=[opt_record([(3, b""), _COOKIE, (5, b"\x08\x0d"), (12, bytes(20)), (14, b"\x4f\x66")])]
        ),
    ),
    _session("EDNS version 1", query("www.workbench.test.", records=[opt_record(version=1)])),
    _session("who are you", query("version.bind.", "TXT", klass=3)),
    _session("notify", _notify()),
    _session("update", _update()),
    _session("status", query(".", "A", flags=0x1000)),
    _session("two questions", query("www.workbench.test.", more=[("ns1.workbench.test.", "A")])),
    _session("no recursion wanted", query("ns1.workbench.test.", flags=0)),
    _session("checking disabled", query("ns1.workbench.test.", flags=0x0110)),
)

SEEDS = _QUERIES

_KEEPALIVE = bytes.fromhex("000030000000000000000000") + bytes.fromhex("0001000800003a9800003a98")
"""DSO KeepAlive (RFC 8490 7.1)."""

STREAM_SEEDS = (
    *(Seed(seed.name, tuple(map(framed, seed.messages))) for seed in _QUERIES),
    _session("a transfer", framed(query(_ZONE, "AXFR"))),
    _session("keepalive", framed(query(_ZONE, "SOA", records=[opt_record([(11, b"")])]))),
    _session("padding", framed(query(_ZONE, "SOA", records=[opt_record([(12, bytes(64))])]))),
    _session("stateful", framed(_KEEPALIVE)),
)

_LOCAL_QUERY = query("_http._tcp.local.", "PTR", number=0, flags=0, more=[("_ipp._tcp.local.", "PTR")])


def _announcement() -> bytes:
    """A service with its host, as a responder announces it (RFC 6762 8.3): PTR shared, the others with the cache-flush bit."""
    writer = Writer()
    for number in (0, 0x8400, 0, 4, 0, 1):
        writer.number(number, 2)
    service, instance, host = labels_of("_http._tcp.local."), labels_of("Bench._http._tcp.local."), labels_of("bench.local.")
    for name, kind, klass, ttl, front, target in (
        (service, 12, 1, 4500, b"", instance),
        (instance, 33, 0x8001, 120, b"\0\0\0\0\x1f\x90", host),
        (instance, 16, 0x8001, 4500, b"\x06path=/", None),
        (host, 1, 0x8001, 120, b"\xc0\0\x02\x07", None),
        (host, 47, 0x8001, 120, b"", None),
    ):
        writer.name(name)
        writer.number(kind, 2)
        writer.number(klass, 2)
        writer.number(ttl, 4)
        at = len(writer.data)
        writer.number(0, 2)
        writer.data += front
        if target is not None:
            writer.name(target)
        if kind == 47:
            writer.name(host)
            writer.data += b"\0\x01\x40"
        writer.measure(at)
    return bytes(writer.data)


MULTICAST_SEEDS = (
    _session("who has", _LOCAL_QUERY),
    _session("answer me alone", query("bench.local.", "A", number=0, flags=0, klass=0x8001)),
    _session("I am", _announcement()),
    _session("ask, then announce", _LOCAL_QUERY, _announcement()),
)

LLMNR_SEEDS = (
    _session("who has", query("bench.", "A", flags=0), query("bench.", "AAAA", number=2, flags=0)),
    _session("who is", query("7.2.0.192.in-addr.arpa.", "PTR", flags=0)),
)

_TOKENS = (
    b"\xc0\x0c", b"\xc0\x00", b"\xff\xff", b"\xc0", b"\x3f", b"\x40", b"\x80", b"\x00\x29", b"\x00\xfa", b"\x00\xff", b"\x00\xfc",
    b"\x03www\x09workbench\x04test\x00", b"\x01*\x09workbench\x04test\x00", b"\x00\x01\x00\x01", b"\x04tree\x09workbench\x04test\x00",
    opt_record(), opt_record(version=255), opt_record([_COOKIE]), opt_record([_SUBNET]), opt_record([(12, bytes(8))]),
)  # fmt: skip
"""Pointers, lengths at their limits, types that are special, and whole records."""

_PRIVATE = b"sesame-1c5e9d27"
_ASKED = query(f"{_PRIVATE.decode()}.workbench.test.")

LOCAL_HINTS = Hints(
    answer=answer, tokens=_TOKENS, keep=("id", "flags"), mutators=list_on_demand("workbench_dns.mutators:MUTATORS")
)
HINTS = replace(LOCAL_HINTS, secret=Secret(_session("a private question", _ASKED), _PRIVATE))
STREAM_HINTS = replace(
    LOCAL_HINTS,
    secret=Secret(_session("a private question", framed(_ASKED)), _PRIVATE),
    mutators=list_on_demand("workbench_dns.mutators:STREAM_MUTATORS"),
)
"""What one client asks for is nobody else's business; on a local link everybody hears everything."""

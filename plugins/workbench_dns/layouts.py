"""The data of records whose layout is a plain sequence of fields: one row per type. Those with a mind of their own are `rdata_*`."""

from collections.abc import Mapping
from functools import partial

from workbench.api import Field
from workbench_dns import algorithms as words
from workbench_dns.cursor import Cursor, Step
from workbench_dns.vocabulary import TYPES

__all__ = ["LAYOUTS"]

_NO_TEXTS: Mapping[int, str] = {}


def _number(size: int, name: str, abbrev: str, texts: Mapping[int, str] = _NO_TEXTS) -> Step:
    return partial(Cursor.number, size=size, name=name, abbrev=abbrev, texts=texts)


u8, u16, u32 = partial(_number, 1), partial(_number, 2), partial(_number, 4)


def name(title: str, abbrev: str) -> Step:
    """A domain name."""
    return partial(Cursor.name, name=title, abbrev=abbrev)


def rest(title: str, abbrev: str) -> Step:
    """All bytes that are left."""
    return partial(Cursor.rest, name=title, abbrev=abbrev)


def octets(size: int, title: str, abbrev: str) -> Step:
    """So many bytes."""
    return partial(Cursor.octets, size=size, name=title, abbrev=abbrev)


def string(title: str, abbrev: str, length: str) -> Step:
    """One character-string."""
    return partial(Cursor.string, name=title, abbrev=abbrev, length=length)


def time(title: str, abbrev: str) -> Step:
    """Seconds since 1970, in four bytes."""
    return partial(Cursor.time, size=4, name=title, abbrev=abbrev)


def rest_text(title: str, abbrev: str) -> Step:
    """Text up to the end."""
    return lambda cursor: cursor.text(cursor.left, title, abbrev)


def strings(title: str, abbrev: str, length: str) -> Step:
    """One character-string or more, to the end."""

    def read(cursor: Cursor) -> None:
        cursor.string(title, abbrev, length)
        while cursor.left:
            cursor.string(title, abbrev, length)

    return read


def sized(title: str, abbrev: str, length: str) -> Step:
    """Bytes with their length in two bytes before them."""

    def read(cursor: Cursor) -> None:
        size = cursor.number(2, f"{title} size", length)
        if size:
            cursor.octets(size, title, abbrev)

    return read


def mac(title: str, abbrev: str, size: int) -> Step:
    """A hardware address."""

    def read(cursor: Cursor) -> None:
        at = cursor.at
        data = cursor.take(size, title)
        cursor.at = at
        cursor.octets(size, title, abbrev, data.hex(":"))

    return read


def _replacement(cursor: Cursor) -> None:
    """The last part of NAPTR; Wireshark shows the length of its text, too."""
    name = cursor.name("Replacement", "dns.naptr.replacement")
    field = Field("Replacement length", name.start, name.end, len(name.text), (), "dns.naptr.replacement_length", generated=True)
    cursor.fields.append(field)


_RRSIG = (
    u16("Type covered", "dns.rrsig.type_covered", TYPES),
    u8("Algorithm", "dns.rrsig.algorithm", words.KEY_ALGORITHMS),
    u8("Labels", "dns.rrsig.labels"),
    u32("Original TTL", "dns.rrsig.original_ttl"),
    time("Signature expiration", "dns.rrsig.signature_expiration"),
    time("Signature inception", "dns.rrsig.signature_inception"),
    u16("Key tag", "dns.rrsig.key_tag"),
    name("Signer's name", "dns.rrsig.signers_name"),
    rest("Signature", "dns.rrsig.signature"),
)

_DS = (
    u16("Key id", "dns.ds.key_id"),
    u8("Algorithm", "dns.ds.algorithm", words.KEY_ALGORITHMS),
    u8("Digest type", "dns.ds.digest_type", words.DIGESTS),
    rest("Digest", "dns.ds.digest"),
)

_TLSA = (
    u8("Certificate usage", "dns.tlsa.certificate_usage", words.USAGES),
    u8("Selector", "dns.tlsa.selector", words.SELECTORS),
    u8("Matching type", "dns.tlsa.matching_type", words.MATCHINGS),
    rest("Certificate association data", "dns.tlsa.certificate_association_data"),
)

_TXT = (strings("TXT", "dns.txt", "dns.txt.length"),)

LAYOUTS: Mapping[int, tuple[Step, ...]] = {
    1: (partial(Cursor.ipv4, name="Address", abbrev="dns.a"),),
    2: (name("Name server", "dns.ns"),),
    3: (name("Mail destination", "dns.md"),),
    4: (name("Mail forwarder", "dns.mf"),),
    5: (name("CNAME", "dns.cname"),),
    6: (
        name("Primary name server", "dns.soa.mname"),
        name("Responsible authority's mailbox", "dns.soa.rname"),
        u32("Serial number", "dns.soa.serial_number"),
        u32("Refresh interval", "dns.soa.refresh_interval"),
        u32("Retry interval", "dns.soa.retry_interval"),
        u32("Expire limit", "dns.soa.expire_limit"),
        u32("Minimum TTL", "dns.soa.minimum_ttl"),
    ),
    7: (name("Mailbox", "dns.mb"),),
    8: (name("Mail group member", "dns.mg"),),
    9: (name("Mail rename", "dns.mr"),),
    10: (rest("Null (data)", "dns.null"),),
    12: (name("Domain name", "dns.ptr.domain_name"),),
    13: (string("CPU", "dns.hinfo.cpu", "dns.hinfo.cpu_length"), string("OS", "dns.hinfo.os", "dns.hinfo.os_length")),
    14: (name("Responsible mailbox", "dns.minfo.r"), name("Error mailbox", "dns.minfo.e")),
    15: (u16("Preference", "dns.mx.preference"), name("Mail exchange", "dns.mx.mail_exchange")),
    16: _TXT,
    17: (name("Mailbox", "dns.rp.mailbox"), name("TXT RR", "dns.rp.txt_rr")),
    18: (u16("Subtype", "dns.afsdb.subtype", {1: "AFS 3.0", 2: "DCE/NCA"}), name("Hostname", "dns.afsdb.hostname")),
    19: (string("PSDN address", "dns.x25.psdn_address", "dns.x25.length"),),
    21: (u16("Preference", "dns.rt.subtype"), name("Intermediate hostname", "dns.rt.intermediate_host")),
    22: (rest("NSAP data", "dns.nsap.rdata"),),
    23: (name("Owner", "dns.nsap_ptr.owner"),),
    24: _RRSIG,
    26: (u16("Preference", "dns.px.preference"), name("MAP822", "dns.px.map822"), name("MAPX400", "dns.px.map400")),
    27: (
        string("Longitude", "dns.gpos.longitude", "dns.gpos.longitude_length"),
        string("Latitude", "dns.gpos.latitude", "dns.gpos.latitude_length"),
        string("Altitude", "dns.gpos.altitude", "dns.gpos.altitude_length"),
    ),
    28: (partial(Cursor.ipv6, name="AAAA address", abbrev="dns.aaaa"),),
    33: (
        u16("Priority", "dns.srv.priority"),
        u16("Weight", "dns.srv.weight"),
        u16("Port", "dns.srv.port"),
        name("Target", "dns.srv.target"),
    ),
    35: (
        u16("Order", "dns.naptr.order"),
        u16("Preference", "dns.naptr.preference"),
        string("Flags", "dns.naptr.flags", "dns.naptr.flags_length"),
        string("Service", "dns.naptr.service", "dns.naptr.service_length"),
        string("Regex", "dns.naptr.regex", "dns.naptr.regex_length"),
        _replacement,
    ),
    36: (u16("Preference", "dns.kx.preference"), name("Key exchange", "dns.kx.key_exchange")),
    37: (
        u16("Type", "dns.cert.type", words.CERT_TYPES),
        u16("Key tag", "dns.cert.key_tag"),
        u8("Algorithm", "dns.cert.algorithm", words.KEY_ALGORITHMS),
        rest("Certificate (or CRL)", "dns.cert.certificate"),
    ),
    39: (name("Dname", "dns.dname"),),
    43: _DS,
    44: (
        u8("Algorithm", "dns.sshfp.algorithm", words.SSHFP_ALGORITHMS),
        u8("Fingerprint type", "dns.sshfp.fingerprint.type", words.SSHFP_HASHES),
        rest("Fingerprint", "dns.sshfp.fingerprint"),
    ),
    46: _RRSIG,
    49: (rest("DHCID data", "dns.dhcid.rdata"),),
    52: _TLSA,
    53: _TLSA,
    56: (strings("NINFO", "dns.ninfo", "dns.ninfo.length"),),
    58: (name("Previous name", "dns.talink.previous"), name("Next name", "dns.talink.next")),
    59: _DS,
    61: (rest("OpenPGP key", "dns.openpgpkey"),),
    63: (
        u32("Serial", "dns.zonemd.serial"),
        u8("Scheme", "dns.zonemd.scheme", words.ZONEMD_SCHEMES),
        u8("Hash algorithm", "dns.zonemd.hash_algo", words.ZONEMD_HASHES),
        rest("Digest", "dns.zonemd.digest"),
    ),
    66: (
        u16("Type", "dns.dsync.type", TYPES),
        u8("Scheme", "dns.dsync.scheme", {1: "NOTIFY"}),
        u16("Port", "dns.dsync.port"),
        name("Target", "dns.dsync.target"),
    ),
    99: (strings("SPF", "dns.spf", "dns.spf.length"),),
    104: (u16("Preference", "dns.ilnp.nid.preference"), octets(8, "NodeID", "dns.ilnp.nid")),
    105: (u16("Preference", "dns.ilnp.l32.preference"), partial(Cursor.ipv4, name="Locator32", abbrev="dns.ilnp.l32")),
    106: (u16("Preference", "dns.ilnp.l64.preference"), octets(8, "Locator64", "dns.ilnp.l64")),
    107: (u16("Preference", "dns.ilnp.lp.preference"), name("Locator FQDN", "dns.ilnp.lp")),
    108: (mac("EUI48 address", "dns.eui48", 6),),
    109: (mac("EUI64 address", "dns.eui64", 8),),
    249: (
        name("Algorithm name", "dns.tkey.algo_name"),
        time("Signature inception", "dns.tkey.signature_inception"),
        time("Signature expiration", "dns.tkey.signature_expiration"),
        u16("Mode", "dns.tkey.mode", words.TKEY_MODES),
        u16("Error", "dns.tkey.error"),
        sized("Key data", "dns.tkey.key_data", "dns.tkey.key_size"),
        sized("Other data", "dns.tkey.other_data", "dns.tkey.other_size"),
    ),
    250: (
        name("Algorithm name", "dns.tsig.algorithm_name"),
        partial(Cursor.time, size=6, name="Time signed", abbrev="dns.tsig.time_signed"),
        u16("Fudge", "dns.tsig.fudge"),
        sized("MAC", "dns.tsig.mac", "dns.tsig.mac_size"),
        u16("Original id", "dns.tsig.original_id"),
        u16("Error", "dns.tsig.error"),
        sized("Other data", "dns.tsig.other_data", "dns.tsig.other_len"),
    ),
    256: (u16("Priority", "dns.uri.priority"), u16("Weight", "dns.uri.weight"), rest_text("Target", "dns.uri.target")),
    258: (strings("AVC", "dns.avc", "dns.avc.length"),),
    261: (strings("RESINFO", "dns.resinfo", "dns.resinfo.length"),),
    262: (strings("WALLET", "dns.wallet", "dns.wallet.length"),),
    32768: _DS,
    32769: _DS,
}

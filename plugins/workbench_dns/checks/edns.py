"""EDNS and its options: who speaks it first, which version, and what is said of options that nobody knows (RFC 6891)."""

from workbench.api import CheckFailed, CheckSkipped
from workbench_dns.checks.talk import FORMERR, NOERROR, Row, Talk, expect, rcode, should
from workbench_dns.message import Parsed
from workbench_dns.queries import opt_record, query
from workbench_dns.records import Edns, Record
from workbench_dns.vocabulary import OPT

__all__ = ["DATAGRAM_ROWS", "ROWS", "STREAM_ROWS"]

_BADVERS = 16
_NSID, _SUBNET, _COOKIE, _KEEPALIVE, _PADDING = 3, 8, 10, 11, 12
_NETWORK = bytes.fromhex("00011800c00002")
_CLIENT = bytes.fromhex("0011223344556677")


def _asked(talk: Talk, *options: tuple[int, bytes], size: int = 1232, dnssec: bool = False, flags: int = 0) -> Parsed:
    return talk.ask(query(talk.option("name"), records=[opt_record(options, size=size, dnssec=dnssec, flags=flags)]))


def _edns(parsed: Parsed) -> tuple[Record, Edns]:
    found = [(record, record.edns) for record in parsed.records if record.edns is not None]
    if len(found) != 1:
        raise CheckFailed(f"expected one OPT record, got {len(found)}")
    return found[0]


def _values(parsed: Parsed, abbrev: str) -> list[bytes]:
    return [field.value for _, field in _edns(parsed)[0].field.walk() if field.abbrev == abbrev]


def _answered_with_edns(talk: Talk) -> None:
    record, _ = _edns(rcode(_asked(talk), NOERROR))
    expect(record.section, 2, "OPT in section")


def _not_unasked(talk: Talk) -> None:
    if any(record.type == OPT for record in talk.question("name").records):
        raise CheckFailed("expected no OPT in the answer to a query without it, got one")


def _unknown_version(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), records=[opt_record(version=100)]))
    rcode(answer, _BADVERS)


def _unknown_version_names_ours(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), records=[opt_record(version=100)]))
    expect(_edns(answer)[1].version, 0, "version")


def _unknown_version_no_answers(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), records=[opt_record(version=1)]))
    expect(rcode(answer, _BADVERS).counts[1], 0, "answers:")


def _two_of_them(talk: Talk) -> None:
    rcode(talk.ask(query(talk.option("name"), records=[opt_record(), opt_record()])), FORMERR)


def _unknown_option(talk: Talk) -> None:
    plain = rcode(talk.question("name"), NOERROR).counts[1]
    expect(rcode(_asked(talk, (65_001, b"who knows")), NOERROR).counts[1], plain, "answers:")


def _unknown_option_not_repeated(talk: Talk) -> None:
    if 65_001 in _edns(_asked(talk, (65_001, b"who knows")))[1].codes:
        raise CheckFailed("expected an unknown option to be ignored, it is repeated")


def _option_too_long(talk: Talk) -> None:
    opt = bytearray(opt_record([(65_001, b"four")]))
    opt[14] = 200  # the low byte of the option's length
    talk.refuses(query(talk.option("name"), records=[bytes(opt)]), FORMERR)


def _unknown_flags(talk: Talk) -> None:
    rcode(_asked(talk, flags=0x4001), NOERROR)


def _flags_zero(talk: Talk) -> None:
    record, _ = _edns(_asked(talk, flags=0x7FFF))
    reserved = [field.value for _, field in record.field.walk() if field.abbrev == "dns.resp.z.reserved"]
    expect(reserved, [0], "reserved flags")


def _dnssec_repeated(talk: Talk) -> None:
    expect(_edns(_asked(talk, dnssec=True))[1].dnssec, True, "DO")


def _dnssec_not_made_up(talk: Talk) -> None:
    expect(_edns(_asked(talk))[1].dnssec, False, "DO")


def _root_named(talk: Talk) -> None:
    expect(_edns(_asked(talk))[0].name.labels, (), "the name of OPT")


def _size_sensible(talk: Talk) -> None:
    size = _edns(_asked(talk))[1].size
    if size < 512:
        raise CheckFailed(f"expected a payload size of 512 or more, got {size}")


def _identity_not_unasked(talk: Talk) -> None:
    if _NSID in _edns(_asked(talk))[1].codes:
        raise CheckFailed("expected NSID only where it is asked for, it came unasked")


def _cookies(talk: Talk) -> list[bytes]:
    answer = rcode(_asked(talk, (_COOKIE, _CLIENT)), NOERROR)
    if _COOKIE not in _edns(answer)[1].codes:
        raise CheckSkipped("the target uses no cookies")
    return _values(answer, "dns.opt.cookie.client")


def _cookie_repeated(talk: Talk) -> None:
    expect(_cookies(talk), [_CLIENT], "the client's cookie")


def _cookie_server_part(talk: Talk) -> None:
    _cookies(talk)
    [server] = _values(_asked(talk, (_COOKIE, _CLIENT)), "dns.opt.cookie.server") or [b""]
    if not 8 <= len(server) <= 32:
        raise CheckFailed(f"expected a server cookie of 8 to 32 bytes, got {len(server)}")


def _cookie_malformed(talk: Talk) -> None:
    _cookies(talk)
    for size in (0, 7, 9, 15, 41):
        rcode(_asked(talk, (_COOKIE, bytes(size))), FORMERR)


def _subnet(talk: Talk) -> Parsed:
    answer = rcode(_asked(talk, (_SUBNET, _NETWORK)), NOERROR)
    if _SUBNET not in _edns(answer)[1].codes:
        raise CheckSkipped("the target does not speak of client subnets")
    return answer


def _subnet_repeated(talk: Talk) -> None:
    answer = _subnet(talk)
    said = [*_values(answer, "dns.opt.client.family"), *_values(answer, "dns.opt.client.netmask")]
    expect((*said, *_values(answer, "dns.opt.client.addr4")), (1, 24, "192.0.2.0"), "family, prefix and address")


def _subnet_not_unasked(talk: Talk) -> None:
    if _SUBNET in _edns(_asked(talk))[1].codes:
        raise CheckFailed("expected no client subnet unasked, got one")


def _subnet_malformed(talk: Talk) -> None:
    _subnet(talk)
    rcode(_asked(talk, (_SUBNET, bytes.fromhex("00012100c000020101"))), FORMERR)


def _padding_not_unasked(talk: Talk) -> None:
    if _PADDING in _edns(_asked(talk))[1].codes:
        raise CheckFailed("expected no padding for a query without, got some")


def _keepalive_not_over_datagrams(talk: Talk) -> None:
    if _KEEPALIVE in _edns(_asked(talk, (_KEEPALIVE, b"")))[1].codes:
        raise CheckFailed("expected no TCP Keepalive over UDP, got it")


def _size_too_small(talk: Talk) -> None:
    rcode(_asked(talk, size=100), NOERROR)


def _padded(talk: Talk) -> None:
    if _PADDING not in _edns(_asked(talk, (_PADDING, bytes(16))))[1].codes:
        raise CheckFailed("expected padding in the answer to a padded query, got none")


ROWS: tuple[Row, ...] = (
    ("edns-answered", "RFC 6891 6.1.1", "A query with OPT is answered with OPT", _answered_with_edns),
    ("edns-not-unasked", "RFC 6891 7", "A query without OPT is answered without it", _not_unasked),
    ("edns-version", "RFC 6891 6.1.3", "A version that is not known is answered with BADVERS", _unknown_version),
    ("edns-version-named", "RFC 6891 6.1.3", "The answer names the version that the server knows", _unknown_version_names_ours),
    ("edns-version-no-answers", "RFC 6891 6.1.3", "A query of another version is not answered", _unknown_version_no_answers),
    ("edns-twice", "RFC 6891 6.1.1", "A query with two OPT records is answered with FORMERR", _two_of_them),
    ("option-unknown", "RFC 6891 6.1.2", "An option that is not known is ignored", _unknown_option),
    ("option-not-repeated", "RFC 6891 6.1.2", "An option that is not known is not repeated", _unknown_option_not_repeated),
    ("option-too-long", "RFC 6891 6.1.2", "An option longer than its record is not understood", _option_too_long),
    ("edns-flags-ignored", "RFC 6891 6.1.4", "Flags that are not known are ignored", _unknown_flags),
    ("edns-flags-zero", "RFC 6891 6.1.4", "Flags that are not known are zero in answers", _flags_zero),
    ("do-repeated", "RFC 3225 3", "DO is copied into the answer", _dnssec_repeated),
    ("do-not-made-up", "RFC 3225 3", "DO is clear where the client did not set it", _dnssec_not_made_up),
    ("edns-root", "RFC 6891 6.1.2", "The name of OPT is the root", _root_named),
    ("edns-size", "RFC 6891 6.2.3", "The announced payload size is 512 or more", _size_sensible),
    ("nsid-not-unasked", "RFC 5001 2.1", "The server's identity is told only who asks for it", _identity_not_unasked),
    ("cookie-repeated", "RFC 7873 5.2.3", "The client's cookie is copied into the answer", _cookie_repeated),
    ("cookie-server", "RFC 7873 4.2", "A server cookie has 8 to 32 bytes", _cookie_server_part),
    ("cookie-malformed", "RFC 7873 5.2.2", "A cookie of another length is answered with FORMERR", _cookie_malformed),
    ("subnet-repeated", "RFC 7871 7.2.1", "Family, prefix and address of a client subnet are copied", _subnet_repeated),
    ("subnet-not-unasked", "RFC 7871 7.2.1", "A client subnet is told only who tells one", _subnet_not_unasked),
    ("subnet-malformed", "RFC 7871 7.1.2", "A prefix longer than an address is answered with FORMERR", _subnet_malformed),
    ("padding-not-unasked", "RFC 7830 4", "Only padded queries are answered with padding", _padding_not_unasked),
)

DATAGRAM_ROWS: tuple[Row, ...] = (
    ("keepalive-not-over-udp", "RFC 7828 3.3.1", "TCP Keepalive is not sent over UDP", _keepalive_not_over_datagrams),
    ("edns-size-small", "RFC 6891 6.2.3", "A payload size below 512 counts as 512", _size_too_small),
)

STREAM_ROWS: tuple[Row, ...] = (should("padding", "RFC 7830 4", "A padded query is answered with padding", _padded),)
